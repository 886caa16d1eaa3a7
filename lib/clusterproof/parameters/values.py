"""The parameters of the checks, with their types and bounds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from clusterproof.parameters.images import image, mirrored, optional_image, registry
from clusterproof.parameters.resources import extended_resource

Positive = Annotated[float, Field(strict=True, gt=0, le=3600)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$")]


def _address(url: str) -> str:
    """Accept an empty text, or ``http://`` with a host and perhaps a port; asking for the port checks it."""
    if url and (not re.fullmatch(r"http://[^\s/@?#]+/?", url) or not urlsplit(url).hostname or urlsplit(url).port == 0):
        raise ValueError("it should be empty or of the form http://HOST:PORT")
    return url


def _page(url: str) -> str:
    """Accept ``http://`` with a host, and perhaps a port and a path."""
    if not re.fullmatch(r"http://[^\s/@?#]+(/[^\s?#]*)?", url) or not urlsplit(url).hostname or urlsplit(url).port == 0:
        raise ValueError("it should be of the form http://HOST:PORT/PATH")
    return url


Address = Annotated[str, AfterValidator(_address)]
Image = Annotated[str, AfterValidator(image)]


class Values(BaseModel):
    """The parameters of the checks; every one can be given on the command line as ``-p NAME VALUE``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace_prefix: Name = "clusterproof"
    """Beginning of the names of the namespaces that the checks create."""
    timeout_scale: Annotated[float, Field(strict=True, gt=0, le=100)] = 1.0
    """Factor for every limit on waiting; larger for clusters that pull images or start nodes."""
    window: Positive = 60.0
    """Seconds for which something must not happen; never scaled, because a short window proves less."""
    probe_image: Image = "docker.io/library/python:3.13-alpine"
    """Image of every pod of the kit's: small, for every architecture, and of it only ``python3`` is used. Pods that
    only hold something wait in it, and what others run comes as an argument or in a ConfigMap."""
    image_registry_prefix: Annotated[str, AfterValidator(registry)] = ""
    """Registry and path to pull every image from instead, for clusters without a way out: the last part of its path
    stays, with tag and digest. ``clusterproof images`` lists what has to be there."""
    image_pull_secret: str = ""
    """Name of a Secret to pull with; it must exist in the namespaces, so a controller has to put it there."""
    resource_name: Annotated[str, AfterValidator(extended_resource)] = ""
    """Extended resource to ask for, ``DOMAIN/NAME``; empty: the known accelerator with most free devices."""
    allocation_mode: Literal["auto", "device-plugin", "dra", "dra-extended"] = "auto"
    """How that resource is given out: by a device plugin, by Dynamic Resource Allocation under the name of a
    DeviceClass (``dra``) or under an extended resource's name that a DeviceClass bears (``dra-extended``)."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes to run pods on."""
    tolerations: list[dict[str, Any]] | None = None
    """Instead of those derived from the taints of the accelerator nodes."""
    pod_security: Literal["restricted", "baseline", "privileged"] = "restricted"
    """Pod Security Standard of the kit's namespaces."""
    allow_cluster_scoped: bool = True
    """Whether a check may create objects outside its namespaces, such as a DeviceClass of its own."""
    allow_disruptive: bool = False
    """Whether a check may disturb other workloads."""
    keep_on_failure: bool = False
    """Leave the objects of a failed check in the cluster, to look at them; ``clusterproof sweep`` removes them."""
    metrics_endpoints: dict[str, Annotated[str, AfterValidator(_page)]] = {}
    """Where accelerators' metrics are told, ``{NODE: URL}``, instead of exporters that are found by themselves; the
    node ``*`` stands for all of them, told apart by labels."""
    load_image: Annotated[str, AfterValidator(optional_image)] = ""
    """Image that keeps one accelerator busy and its memory in use, to see whether the metrics follow: software of the
    accelerator's vendor, which no image of the kit's can stand for."""
    load_command: list[str] = []
    """Command of that image, where its own is not the right one."""
    autoscaling_metric: Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")] = "clusterproof_queue_length"
    """Under which name the pods tell the metric to scale by, where the platform's adapter passes on only some."""
    autoscaler: str = "auto"
    """Which autoscaler of nodes to test; a file name under ``manifests/cluster_autoscaling``."""
    autoscaling_pool_label: Annotated[str, Field(pattern=r"^([^\s=]+=[^\s=]+)?$")] = ""
    """Label of the nodes of the pool that should grow, ``KEY=VALUE``; empty: the first pool with accelerators."""
    gang_backend: str = "auto"
    """Which gang scheduler to test; a file name under ``manifests/gang_scheduling``."""
    gang_size: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    """How many accelerators the gang should take together, at least; 0: eight, or what is free."""
    operator: str = "auto"
    """Which operator to test; a file name under ``manifests/robust_controller``."""
    runtime_class: str = ""
    """RuntimeClass of the sandbox to test; empty: the first one that is known for one by its handler or name."""
    prefill_selector: Annotated[str, Field(pattern=r"^([^\s=]+=[^\s=]+)?$")] = ""
    """Label of the pods that take prompts in, ``KEY=VALUE``; empty: those of a stack that is known."""
    decode_selector: Annotated[str, Field(pattern=r"^([^\s=]+=[^\s=]+)?$")] = ""
    """Label of the pods that make the words."""
    disaggregated_url: Address = ""
    """Where that stack takes requests; empty: at one of the pods that make the words."""
    disaggregated_port: Annotated[int, Field(strict=True, ge=0, le=65535)] = 0
    """Port of its pods' servers, where they tell their metrics; 0: the one that is usual for the stack."""
    disaggregated_model: Annotated[str, Field(min_length=1)] = "default"
    """Name of its model."""
    inference_gateway_class: str = ""
    """GatewayClass that serves pools of model servers; empty: the first one that says that it does."""
    picker_image: Image = "registry.k8s.io/gateway-api-inference-extension/epp:v1.3.0"
    """Image of the endpoint picker for such a pool: the platform's own software, and part of what is measured."""
    gateway_class: str = ""
    """Which GatewayClass to test; empty: the first one that is accepted."""
    monitoring_url: Address = ""
    """Where to ask for collected metrics (the query API of Prometheus) instead of a Service that is found by itself."""
    monitor_labels: dict[str, str] = {}
    """Labels that a PodMonitor needs to be heeded, such as those that the platform's Prometheus selects by."""
    gateway_url: Address = ""
    """Where to send requests instead of the Gateway's address, for instance through a port-forward."""
    gateway_requests: Annotated[int, Field(strict=True, ge=100, le=100_000)] = 500
    """Requests per weighted split; fewer make a wrong split harder to see."""

    @field_validator("load_image", "picker_image")
    @classmethod
    def _told_apart_in_a_mirror(cls, own: str, known: ValidationInfo) -> str:
        prefix = known.data.get("image_registry_prefix")
        for other in (known.data.get(name, own) for name in ("probe_image", "load_image")):
            if prefix and own and other and own != other and mirrored(own, prefix) == mirrored(other, prefix):
                raise ValueError(f"in the mirror it would have the name of {other}; give one of them another tag")
        return own

    def image(self) -> str:
        """Return the probe image as the cluster has to pull it."""
        return self.images()["image"]

    def images(self) -> dict[str, str]:
        """Return every image as the cluster has to pull it, by the name that manifest templates have for it."""
        return {name: mirrored(each, self.image_registry_prefix) for name, each in self.originals().items()}

    def originals(self) -> dict[str, str]:
        """Return the same as their makers publish them."""
        load = self.load_image or self.probe_image
        return {"image": self.probe_image, "load_image": load, "picker_image": self.picker_image}
