"""The API against servers and clients of websockets and aiohttp, through the installed program."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

import wsspec
from servers import SERVERS, aiohttp_client, waiting_client, websockets_client, websockets_server
from wsspec import Status, Verdict
from wsspec._options import _OPTIONS

FILE = str(Path(__file__).with_name("servers.py"))
#: A rule that neither library breaks.
KEPT = "rfc6455/5.5.2"
#: One that aiohttp breaks: it takes unmasked frames.
UNMASKED = "rfc6455/5.1/unmasked-frame"


def spawned(name: str) -> wsspec.Spawn:
    return wsspec.Spawn([sys.executable, FILE, name, "{port}"])


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_in_a_thread_conforms(name: str) -> None:
    with wsspec.in_thread(SERVERS[name](0)) as url:
        report = wsspec.run(url, KEPT)
    assert report.check() is report
    assert (report.role, report.exit_code, report.failed) == ("server", 0, ())
    assert report.target.startswith(url)
    assert len(report) > 10 and all(trial.ok() for trial in report)
    assert report.peer.echo and report.peer.pong


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_spawned_conforms(name: str) -> None:
    assert wsspec.run(spawned(name), KEPT).conforms


def test_a_failure_has_the_rule_and_the_transcript() -> None:
    report = wsspec.run(spawned("aiohttp"), UNMASKED, KEPT)
    assert report.exit_code == 1 and not report.conforms
    trial = report.failed[0]
    assert trial.id.startswith(UNMASKED) and report[trial.id] is trial
    assert (trial.verdict, trial.status, trial.ok()) == (Verdict.FAIL, Status.FAILED, False)
    assert trial.failure is not None and trial.failure.level == "MUST"
    assert trial.named.citation.startswith("RFC 6455 section 5.1")
    assert list(report.broken) == [trial.named.id]
    assert any(entry.event == "sent" for entry in trial.transcript) and trial.script
    assert trial.text.startswith("FAIL  ") and "found  expected" in trial.text
    with pytest.raises(wsspec.ConformanceError, match=r"found  expected"):
        trial.check()
    with pytest.raises(AssertionError, match=UNMASKED):
        report.check()


def test_a_known_failure_is_expected() -> None:
    report = wsspec.run(spawned("aiohttp"), UNMASKED, known={f"{UNMASKED}*": 'takes "unmasked" frames'})
    assert report.check().conforms
    assert {(trial.known, trial.status) for trial in report} == {('takes "unmasked" frames', Status.SKIPPED)}


def test_results_cannot_be_changed() -> None:
    report = wsspec.run("embedded", KEPT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.trials[0].id = "x"  # type: ignore[misc]


def test_a_missed_should_is_strictly_a_failure() -> None:
    chosen = "rfc6455/4.2.1/host-empty"
    lenient = wsspec.run("embedded", chosen)
    assert [trial.verdict for trial in lenient] == [Verdict.LENIENT]
    assert (lenient.exit_code, lenient.trials[0].ok(), lenient.trials[0].ok(strict=True)) == (0, True, False)
    assert wsspec.run("embedded", chosen, strict=True).exit_code == 1


def test_a_run_on_the_loop_of_the_server() -> None:
    async def main() -> wsspec.Report:
        async with websockets_server() as url:
            return await wsspec.aio.run(url, KEPT)

    assert asyncio.run(main()).check().conforms


def test_a_cancelled_run_stops() -> None:
    async def main() -> None:
        running = asyncio.ensure_future(wsspec.aio.run(spawned("websockets")))
        await asyncio.wait([running], timeout=1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())


def test_an_address_that_nobody_listens_on() -> None:
    report = wsspec.run("ws://127.0.0.1:1")
    assert (report.exit_code, len(report)) == (3, 0)
    with pytest.raises(wsspec.InconclusiveError, match="nothing listens on 127.0.0.1:1"):
        report.check()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wsspec.run("localhost:9001"), r"no address of a server; write 'ws://host:port/path'"),
        (lambda: wsspec.run("embedded", "nosuch"), "nosuch"),
        (lambda: wsspec.run("embedded", timeout=0), "`timeout` is 0; give seconds, more than 0"),
        (lambda: wsspec.run("embedded", known="missing.toml"), r"missing\.toml"),
        (lambda: wsspec.trials("nosuch"), "nosuch"),
        (lambda: wsspec.trials(role="proxy"), "write 'server' or 'client'"),
        (lambda: wsspec.test_client(websockets_client), "is a coroutine function; call `await wsspec.aio"),
        (lambda: wsspec.serve("nosuch").__enter__(), "nosuch"),
    ],
)
def test_wrong_usage_says_what_and_what_to_do(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(wsspec.UsageError, match=message) as error:
        call()
    assert not str(error.value).startswith("error:")


@pytest.mark.parametrize(
    ("command", "options"),
    [("run", wsspec.RunOptions), ("test-client", wsspec.ClientOptions), ("serve", wsspec.ServeOptions)],
)
def test_every_option_is_one_of_the_program(command: str, options: type) -> None:
    said = subprocess.run([wsspec.binary(), command, "--help"], capture_output=True, text=True, check=True)
    names = options.__annotations__.keys() - {"args", "cwd"}
    assert len(names) > 8
    assert [name for name in names if f"{_OPTIONS[name][0]} " not in said.stdout.replace("\n", " ")] == []


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSSPEC_BINARY", "/nowhere/wsspec")
    with pytest.raises(wsspec.BinaryNotFoundError, match="unset WSSPEC_BINARY"):
        wsspec.binary()


def test_trials_are_listed_by_role() -> None:
    servers = wsspec.trials("rfc6455/5.5.2", role="server")
    assert all("server" in trial.roles and trial.id.startswith("rfc6455/5.5.2/") for trial in servers)
    assert {trial.id for trial in servers} >= {trial.id for trial in wsspec.run("embedded", "rfc6455/5.5.2")}
    assert len(wsspec.trials("rfc6455/5.5.2")) > len(wsspec.trials("rfc6455/5.5.2", exclude=["rfc6455/5.5.2/ping"]))


def test_a_client_that_is_a_function() -> None:
    report = wsspec.test_client(waiting_client, KEPT)
    assert report.check().role == "client"
    assert report.of(Verdict.PASS)


@pytest.mark.parametrize("client", [websockets_client, aiohttp_client])
def test_a_client_that_is_a_coroutine_function(client: "wsspec._callable.EchoCoroutine") -> None:
    report = asyncio.run(wsspec.aio.test_client(client, KEPT))
    assert report.check().role == "client"
    assert report.of(Verdict.PASS)


def test_a_client_that_is_a_command() -> None:
    report = wsspec.test_client([sys.executable, FILE, "client", "{url}"], "rfc6455/5.5.2/ping", jobs=2)
    assert report.check().of(Verdict.PASS)


def test_a_client_that_does_not_connect() -> None:
    with pytest.raises(wsspec.InconclusiveError, match="the client connected to none of .* addresses: it returned"):
        wsspec.test_client(lambda url: None, "rfc6455/5.5.2/ping")


def test_a_client_that_is_broken_before_it_connects() -> None:
    with pytest.raises(wsspec.InconclusiveError, match="it raised KeyError: 'ws:"):
        wsspec.test_client(lambda url: os.environ[url], "rfc6455/5.5.2/ping")


def test_a_client_that_does_not_echo_fails() -> None:
    async def deaf(url: str) -> None:
        async with connect(url) as connection:
            await connection.wait_closed()

    report = asyncio.run(wsspec.aio.test_client(deaf, "rfc6455/5.4/two-fragments", timeout=0.1))
    assert not report.of(Verdict.PASS)


def test_serving_plays_the_next_trial_on_each_connection() -> None:
    with wsspec.serve("rfc6455/5.5.2/ping") as serving:
        assert serving.page.startswith("http://127.0.0.1:")
        for _ in serving.ids():
            waiting_client(serving.url("mine"))
        report = serving.report("mine").check()
        assert [trial.id for trial in report] == serving.ids()
        with pytest.raises(wsspec.RunError, match="'other'"):
            serving.report("other")


def test_a_saved_record_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    report = wsspec.run("embedded", KEPT, args=["--json", str(file)])
    assert wsspec.load(file) == report
    assert wsspec.load(file).record == json.loads(file.read_text())


def test_the_program_runs_by_the_name_of_the_package() -> None:
    said = subprocess.run([sys.executable, "-m", "wsspec", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("wsspec ")
