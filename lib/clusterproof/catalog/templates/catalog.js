(() => {
  "use strict";
  const form = document.querySelector("form");
  const rows = [...document.querySelectorAll(".matrix tbody tr")];
  const entries = JSON.parse(document.getElementById("entries").textContent);
  const first = Number(form.dataset.first), columns = form.dataset.columns.split(" ");
  const said = form.querySelector(".said"), others = form.querySelector(".others"), most = 60;
  const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = entries.map(([slug, name, vendor]) => plain(`${slug} ${name} ${vendor}`));

  function answers(cells, asked) {
    if (!asked.requirement && !asked.status && !asked.strength) return true;
    return columns.some((name, n) => {
      const status = cells[2 * n], strength = cells[2 * n + 1];
      return (!asked.requirement || name === asked.requirement) && status !== "-" &&
        (!asked.status || status === asked.status) && (!asked.strength || strength === asked.strength);
    });
  }

  function link([slug, name, vendor]) {
    const item = document.createElement("li"), a = document.createElement("a");
    a.href = `products/${slug}.html`;
    a.textContent = name;
    item.append(a, ` ${vendor}`);
    return item;
  }

  function apply() {
    const asked = Object.fromEntries(new FormData(form));
    const words = plain(asked.text).split(/\s+/).filter(Boolean);
    const away = [];
    let shown = 0;
    entries.forEach((entry, n) => {
      const fits = words.every(word => texts[n].includes(word)) && (!asked.version || entry[3] === asked.version) &&
        (!asked.due || entry[4] === asked.due) && answers(entry[5], asked);
      const row = rows[n - first];
      if (row) row.hidden = !fits;
      if (fits && row) shown += 1;
      if (fits && !row) away.push(entry);
    });
    const asking = Object.values(asked).some(Boolean);
    others.hidden = !asking || !away.length;
    others.replaceChildren(...(asking ? away.slice(0, most).map(link) : []));
    said.textContent = `${shown} of ${rows.length} on this page` +
      (asking && away.length ? `, ${away.length} more on other pages${away.length > most ? `, ${most} of them here` : ""}:` : ".");
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", event => event.preventDefault());
  addEventListener("pageshow", apply); // back from a product: the browser has kept what was asked for
})();
