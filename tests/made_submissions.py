"""Submissions made by hand, one or a thousand, with answers and evidence of every kind."""

from __future__ import annotations

import json

from clusterproof import checklist

STATUSES = ("Implemented", "Implemented", "Implemented", "Partially Implemented", "Not Implemented", "N/A", "")
EVIDENCE = (
    ["https://docs.example.org/guide/{id}"],
    ["evidence.md"],
    ["https://github.com/example/ai-conformance/blob/main/{id}/e2e.log", "https://blog.example.org/{id}"],
    [],
    ["not there.md", "N/A"],
)


def product(version="1.36", *, name="Example Platform", vendor="Example", at=0, items=None, **metadata):
    """Return the text of a PRODUCT.yaml as JSON, which is YAML; `items` change answers by id."""
    fields = {
        "kubernetesVersion": f"v{version}", "platformName": name, "platformVersion": "1.0", "vendorName": vendor,
        "websiteUrl": "https://example.org/", "documentationUrl": "https://docs.example.org/",
        "productLogoUrl": "https://example.org/logo.svg", "description": f"{name} runs clusters.",
        "contactEmailAddress": "a@example.org",
    } | metadata  # fmt: skip
    spec = {}
    for place, item in enumerate(checklist.requirements(version)):
        answer = {
            "id": item.id, "description": item.title, "level": item.level.value,
            "status": STATUSES[(at + place) % len(STATUSES)],
            "evidence": [each.format(id=item.id) for each in EVIDENCE[(at + 2 * place) % len(EVIDENCE)]],
            "notes": f"How {name} does it. " * ((at + place) % 4),
        } | (items or {}).get(item.id, {})  # fmt: skip
        spec.setdefault(item.category, []).append(answer)
    return _yaml({"metadata": fields, "spec": spec})


def _yaml(tree, indent=0):
    """Write a tree in the block style that people use: the parser takes longer for it than for JSON."""
    lines, space = [], "  " * indent
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += [f"{space}{key}:", _yaml(value, indent + 1)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            items = [_yaml(each, indent + 2) for each in value]
            lines += [f"{space}{key}:", *(f"{space}  - {each.lstrip()}" for each in items)]
        else:
            lines.append(f"{space}{key}: {json.dumps(value)}")
    return "\n".join(lines)


def write(folder, version, name, text):
    """Write one submission and the file that its evidence names."""
    place = folder / f"v{version}" / name
    place.mkdir(parents=True)
    (place / "PRODUCT.yaml").write_text(text, encoding="utf-8")
    (place / "evidence.md").write_text("what was seen\n")
    return place


def tree(folder, count, versions=("1.33", "1.34", "1.35", "1.36", "1.37")):
    """Write so many submissions, as evenly over the versions as it goes."""
    for at in range(count):
        version, number = versions[at % len(versions)], at // len(versions)
        name = f"Platform {number:04} of a Vendor with a Name"
        write(folder, version, f"platform-{number:04}", product(version, name=name, vendor=f"Vendor {at % 37}", at=at))
    return folder
