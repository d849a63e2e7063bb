"""The plugin for pytest, through pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FILE = str(Path(__file__).with_name("servers.py"))
CONFTEST = f"""
    import sys
    import pytest, wsspec
    sys.path.insert(0, {str(Path(FILE).parent)!r})

    @pytest.fixture(scope="session")
    def wsspec_target():
        return wsspec.Spawn([sys.executable, {FILE!r}, "aiohttp", "{{port}}"])
"""
#: aiohttp answers pings, and takes unmasked frames.
TESTS = """
    import pytest

    @pytest.mark.wsspec("rfc6455/5.5.2/ping", "rfc6455/5.1/unmasked-frame")
    def test_conforms(wsspec_trial):
        wsspec_trial.check()
"""


def counted(result: pytest.RunResult) -> dict[str, int]:
    return {word: count for word, count in result.parseoutcomes().items() if word != "warnings"}


def test_each_trial_is_an_item_and_failures_print_the_transcript(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_ws=TESTS)
    result = pytester.runpytest("-rf")
    outcomes = counted(result)
    assert outcomes["failed"] >= 1 and outcomes["passed"] >= 1 and set(outcomes) == {"failed", "passed"}
    result.stdout.fnmatch_lines(
        [
            "*test_conforms?rfc6455/5.1/unmasked-frame*",
            "FAIL  rfc6455/5.1/unmasked-frame*",
            "  MUST *RFC 6455 section 5.1: *",
            "   2  0.*> * -mask*",
            "  found  expected *",
            "FAILED test_ws.py::test_conforms?rfc6455/5.1/unmasked-frame*",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_k_and_last_failed_run_only_what_they_select(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_ws=TESTS)
    assert counted(pytester.runpytest("-k", "not unmasked")).keys() == {"passed", "deselected"}
    failed = counted(pytester.runpytest())["failed"]
    result = pytester.runpytest("--lf")
    assert counted(result)["failed"] == failed and "passed" not in counted(result)
    assert counted(pytester.runpytest("-x", "-k", "unmasked"))["failed"] == 1


def test_the_server_is_run_once(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest
        seen = set()

        @pytest.mark.wsspec("rfc6455/5.5.2")
        def test_conforms(wsspec_trial, wsspec_report):
            seen.add(id(wsspec_report))
            assert len(seen) == 1 and len(wsspec_report) > 10
        """
    )
    assert counted(pytester.runpytest("-rs")).keys() <= {"passed", "skipped"}


def test_a_test_without_a_body_is_checked(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS.replace("wsspec_trial.check()", "pass"))
    assert counted(pytester.runpytest())["failed"] >= 1


def test_strict_settings_of_pytest_are_met(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    strict = ["--strict-markers", "-W", "error", "-p", "no:xdist", "-p", "no:asyncio", "-k", "not unmasked"]
    assert counted(pytester.runpytest(*strict)).keys() == {"passed", "deselected"}


def test_one_worker_has_all_trials_of_a_file_with_xdist(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import os
        import pytest

        @pytest.mark.wsspec("rfc6455/5.5.2")
        def test_conforms(wsspec_trial, wsspec_report):
            print("worker", os.getpid(), len(wsspec_report) > 10)
        """
    )
    result = pytester.runpytest("-n", "2", "--dist", "loadfile", "-rP")
    workers = {line for line in result.outlines if line.startswith("worker ")}
    assert len(workers) == 1 and workers.pop().endswith("True"), result.outlines


def test_each_requirement_is_an_item(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.wsspec("rfc6455/5.5.2", "rfc6455/5.1/unmasked-frame")
        def test_requirement(wsspec_requirement):
            wsspec_requirement.check()
        """
    )
    result = pytester.runpytest("-v")
    assert counted(result)["failed"] == 1
    result.stdout.fnmatch_lines(["*test_requirement?rfc6455#5.1:*FAILED*", "*test_requirement?rfc6455#5.5.2:*PASSED*"])


def test_known_failures_are_expected_failures(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        CONFTEST
        + """
    @pytest.fixture(scope="session")
    def wsspec_options():
        return {"known": {"rfc6455/5.1/unmasked-frame*": "not today"}}
"""
    )
    pytester.makepyfile(TESTS)
    result = pytester.runpytest("-rx")
    assert counted(result).keys() == {"passed", "xfailed"}
    result.stdout.fnmatch_lines(["XFAIL *unmasked-frame*not today*"])


def test_what_is_strict_comes_from_the_settings(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nwsspec_target = embedded\nwsspec_filters = rfc6455/4.2.1/host-empty\n")
    pytester.makepyfile("def test_conforms(wsspec_trial): pass")
    assert counted(pytester.runpytest()) == {"passed": 1}
    assert counted(pytester.runpytest("-o", "wsspec_strict=true")) == {"failed": 1}


def test_a_target_is_named_on_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    command = f"{sys.executable} {FILE} websockets {{port}}"
    assert counted(pytester.runpytest("--wsspec-target", command)).keys() == {"passed"}


@pytest.mark.parametrize(("scope", "runs"), [("module", 1), ("function", 2)])
def test_a_server_of_each_scope(pytester: pytest.Pytester, scope: str, runs: int) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        f"""
        import pytest, wsspec
        from servers import websockets_server
        reports = {{}}

        @pytest.fixture(scope={scope!r})
        def wsspec_target():
            with wsspec.in_thread(websockets_server()) as url:
                yield url

        @pytest.mark.wsspec("rfc6455/5.5.2/ping", "rfc6455/5.5.3/unsolicited*")
        def test_conforms(wsspec_trial, wsspec_report):
            reports[id(wsspec_report)] = wsspec_report

        def test_runs():
            lengths = {{len(report) for report in reports.values()}}
            assert (len(reports) == 1) == ({scope!r} == "module"), reports
            assert (lengths == {{1}}) == ({scope!r} == "function"), lengths
        """
    )
    assert counted(pytester.runpytest()).keys() == {"passed"}


def test_two_servers_are_two_runs(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        f"""
        import sys
        import pytest, wsspec

        @pytest.fixture(scope="session", params=["aiohttp", "websockets"])
        def wsspec_target(request):
            return wsspec.Spawn([sys.executable, {FILE!r}, request.param, "{{port}}"])
        """
    )
    pytester.makepyfile(test_ws=TESTS.replace('"rfc6455/5.1/unmasked-frame"', '"rfc6455/5.1/unmasked-frame[kind=text,size=5]"'))
    result = pytester.runpytest("-rf")
    assert counted(result)["failed"] >= 1
    result.stdout.no_fnmatch_line("FAILED *websockets*")


def test_a_client_is_a_target_too(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest
        from servers import websockets_client

        @pytest.fixture(scope="module")
        def wsspec_target():
            return websockets_client

        @pytest.mark.wsspec("rfc6455/5.5.2/ping", role="client")
        def test_client(wsspec_trial):
            assert wsspec_trial.verdict == "pass"
        """
    )
    assert counted(pytester.runpytest()).keys() == {"passed"}


def test_without_a_target_it_says_what_to_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest()
    assert counted(result).keys() == {"errors"}
    result.stdout.fnmatch_lines(["nothing to test: define a fixture `wsspec_target`*"])


def test_a_server_that_does_not_listen_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest("--wsspec-target", "ws://127.0.0.1:1")
    assert counted(result).keys() == {"errors"}
    result.stdout.fnmatch_lines(["nothing listens on 127.0.0.1:1*"])


def test_a_filter_with_a_mistake_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS.replace("rfc6455/5.5.2/ping", "rfc6455/5.5.2/pong"))
    result = pytester.runpytest()
    assert counted(result).keys() == {"errors"}
    result.stdout.fnmatch_lines(["mark `wsspec` of *test_conforms: no case fits*"])


def test_a_check_of_a_report_prints_the_transcripts(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import wsspec

        def test_run(wsspec_target):
            wsspec.run(wsspec_target, "rfc6455/5.1/unmasked-frame").check()
        """
    )
    result = pytester.runpytest()
    assert counted(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["FAIL  rfc6455/5.1/unmasked-frame*", "FAILED *test_run - expecte*"])
