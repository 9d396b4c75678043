"""The interface as it is described, held against a server that runs: no request leads to anything undescribed."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance
from strangers import COMMAND, folder_of_strangers

from matcalc.web import openapi, server
from matcalc.web.limits import Limits


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    listening = server._listening("127.0.0.1", 0)
    app = server.application(Limits(workers=1, burst=1_000_000, deadline=5, body=1 << 24))
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join()


schema = schemathesis.openapi.from_dict(openapi.described_interface())


@schema.parametrize()
@settings(max_examples=settings.default.max_examples // 10, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_has_an_answer_as_described(case: schemathesis.Case, address: str) -> None:
    # That a text is a program no schema can say: one that is none is refused, as described.
    case.call_and_validate(base_url=address, timeout=120, excluded_checks=[positive_data_acceptance])


@pytest.mark.parametrize("operation", ["read", "derive"])
def test_an_undescribed_answer_is_found(address: str, operation: str) -> None:
    described = openapi.described_interface()
    answer = described["paths"][f"/api/{operation}"]["post"]["responses"]["200"]
    answer["content"]["application/json"]["schema"]["required"].append("oracle")
    wrong = schemathesis.openapi.from_dict(described)[f"/api/{operation}"]["POST"]
    case = wrong.Case(body={"source": "J = x' x", "wrt": ["x"]}, media_type="application/json")
    with pytest.raises(FailureGroup) as found:
        case.call_and_validate(base_url=address, timeout=120, excluded_checks=[positive_data_acceptance])
    assert "oracle" in str(found.value)


def test_the_command_serves_in_any_folder_and_says_nothing_of_what_is_typed(tmp_path: Path) -> None:
    folder_of_strangers(tmp_path)
    command = [*COMMAND, "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        address = said.split()[3]
        try:
            asked = urllib.request.Request(
                f"{address}api/derive", b'{"source": "J = secret\' secret"}', {"Content-Type": "application/json"}
            )
            for request in (asked, f"{address}?source=secret", f"{address}?source=%E2%80%96secret%20w%E2%80%96"):
                with urllib.request.urlopen(request) as answer:
                    assert answer.status == 200 and b"secret" in answer.read()
        finally:
            running.send_signal(signal.SIGINT)
        said += running.stdout.read()
    assert said.startswith("matcalc is at http://127.0.0.1:") and "secret" not in said
    assert running.returncode == 0
