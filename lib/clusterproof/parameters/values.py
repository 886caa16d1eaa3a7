"""The parameters of the checks, with their types and bounds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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


class Values(BaseModel):
    """The parameters of the checks; every one can be given on the command line as ``-p NAME VALUE``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace_prefix: Name = "clusterproof"
    """Beginning of the names of the namespaces that the checks create."""
    timeout_scale: Annotated[float, Field(strict=True, gt=0, le=100)] = 1.0
    """Factor for every limit on waiting; larger for clusters that pull images or start nodes."""
    window: Positive = 60.0
    """Seconds for which something must not happen; never scaled, because a short window proves less."""
    probe_image: Annotated[str, Field(min_length=1)] = "registry.k8s.io/e2e-test-images/agnhost:2.53"
    """Image of every pod of the kit's."""
    image_registry_prefix: str = ""
    """Registry and path to pull that image from instead, for clusters without a way out."""
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
    stub_image: Annotated[str, Field(min_length=1)] = "docker.io/library/python:3.13-alpine"
    """Image with Python 3 for the pods that tell metrics and answer requests; what they run comes in a ConfigMap."""
    metrics_endpoints: dict[str, Annotated[str, AfterValidator(_page)]] = {}
    """Where accelerators' metrics are told, ``{NODE: URL}``, instead of exporters that are found by themselves; the
    node ``*`` stands for all of them, told apart by labels."""
    load_image: str = ""
    """Image that keeps one accelerator busy and its memory in use, to see whether the metrics follow."""
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
    """How many accelerators the gang should take together; 0: eight, or what is free."""
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
    picker_image: Annotated[str, Field(min_length=1)] = "registry.k8s.io/gateway-api-inference-extension/epp:v1.3.0"
    """Image of the endpoint picker for such a pool."""
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

    def image(self) -> str:
        """Return the probe image as the cluster has to pull it."""
        if not self.image_registry_prefix:
            return self.probe_image
        return f"{self.image_registry_prefix.rstrip('/')}/{self.probe_image.rsplit('/', 1)[-1]}"
