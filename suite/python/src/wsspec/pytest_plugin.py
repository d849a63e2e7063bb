"""A plugin for pytest: makes a test of each trial, or of each requirement.

In ``conftest.py`` a fixture hands over what is tested, and in a file of tests a function asks for trials::

    @pytest.fixture(scope="session")
    def wsspec_target():
        return wsspec.Spawn([sys.executable, "server.py", "{port}"])

    @pytest.mark.wsspec("level:must", exclude=["tag:slow"])
    def test_conforms(wsspec_trial):
        wsspec_trial.check()

All trials that the session selects (``-k``, ``--lf``) are run once and together, when the first test wants its own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, NoReturn, Union, cast

import pytest

from . import _selection, aio
from ._catalogue import Listed
from ._clients import test_client
from ._invocation import Client, Spawn
from ._selection import REQUIREMENT, TARGET, TRIAL
from ._story import Story
from ._sync import run, trials
from .errors import ConformanceError, InconclusiveError, UsageError, WsspecError
from .results import Report, Requirement, Status, Trial

#: What is tested: the address of a server, or how it is started; or a client, a command or a function.
Target = Union[str, Spawn, Client, Callable[[str], Any]]

_RUNS = pytest.StashKey[dict[int, "_Run"]]()
_LISTED = pytest.StashKey[dict[Any, tuple[Listed, ...]]]()


@dataclass
class _Run:
    """What the present value of a target's fixture came to."""

    scope: str
    outcome: Union[Report, WsspecError, None] = None


@dataclass(frozen=True)
class RequirementResult:
    """A requirement, and the trials that it is tested by or that name it."""

    requirement: Requirement
    trials: tuple[Trial, ...]
    strict: bool = False

    @property
    def id(self) -> str:
        """``rfc6455#5.5.2:2``"""
        return self.requirement.id

    def check(self) -> None:
        """Raises with the transcripts unless all trials are well."""
        stories = [trial.text or trial.message for trial in self.trials if not trial.ok(strict=self.strict)]
        if stories:
            raise ConformanceError("\n\n".join(stories))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings."""
    group = parser.getgroup("wsspec", "conformance of WebSocket servers and clients")
    group.addoption(
        "--wsspec-target",
        metavar="TARGET",
        help="address of the server to test, or a command that starts it, with {port} for its port",
    )
    parser.addini("wsspec_target", "address of the server to test, or a command that starts it, with {port}")
    parser.addini("wsspec_filters", "trials to run where a test has no mark that says so", "args")
    parser.addini("wsspec_exclude", "trials to leave out where a test has no mark that says so", "args")
    parser.addini("wsspec_strict", "fail for a missed SHOULD, too", "bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """The mark."""
    config.addinivalue_line(
        "markers",
        "wsspec(*filters, exclude=(), extra=(), role='server'): the trials that a test asks for; "
        "role='client' where a client is tested",
    )
    config.stash[_RUNS] = {}
    config.stash[_LISTED] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each trial, or each requirement."""
    marks = _marks(metafunc.config)
    if TRIAL in metafunc.fixturenames:
        listed = _listed(metafunc)
        params = [pytest.param(trial, id=trial.id, marks=marks) for trial in listed]
        metafunc.parametrize(TRIAL, params, indirect=True)
    if REQUIREMENT in metafunc.fixturenames:
        tested: dict[str, list[Listed]] = {}
        for trial in _listed(metafunc):
            tested.setdefault(trial.requirement, []).append(trial)
        params = [pytest.param(tuple(those), id=id, marks=marks) for id, those in tested.items()]
        metafunc.parametrize(REQUIREMENT, params, indirect=True)


def _marks(config: pytest.Config) -> list[pytest.MarkDecorator]:
    """With pytest-xdist and `--dist loadgroup`, one worker has all of them, and makes one run. Nobody else knows the mark."""
    return [pytest.mark.xdist_group("wsspec")] if config.pluginmanager.hasplugin("xdist") else []


def _listed(metafunc: pytest.Metafunc) -> tuple[Listed, ...]:
    mark = metafunc.definition.get_closest_marker("wsspec")
    config = metafunc.config
    filters = mark.args if mark and mark.args else config.getini("wsspec_filters")
    wanted = {"role": "server", "exclude": config.getini("wsspec_exclude"), **(mark.kwargs if mark else {})}
    key = (tuple(filters), repr(sorted(wanted.items())))
    known = config.stash[_LISTED]
    if key not in known:
        try:
            known[key] = trials(*filters, **wanted)
        except (TypeError, WsspecError) as error:
            raise pytest.Collector.CollectError(f"mark `wsspec` of {metafunc.definition.nodeid}: {error}") from None
    if not known[key]:
        raise pytest.Collector.CollectError(
            f"mark `wsspec` of {metafunc.definition.nodeid}: no trial of a {wanted['role']} fits {' '.join(filters)!r}"
        )
    return known[key]


@pytest.fixture(scope="session")
def wsspec_target(pytestconfig: pytest.Config) -> Target:
    """What is tested. Define a fixture of this name; or name a server by `--wsspec-target`, or in the settings."""
    target = pytestconfig.getoption("wsspec_target") or pytestconfig.getini("wsspec_target")
    if not target:
        raise UsageError(
            "nothing to test: define a fixture `wsspec_target` that returns the address of a server, wsspec.Spawn(..) or "
            "wsspec.Client(..); or set `wsspec_target` in pytest's settings, or --wsspec-target"
        )
    return Spawn(target) if "{port}" in target else cast(str, target)


@pytest.fixture(scope="session")
def wsspec_options(pytestconfig: pytest.Config) -> Mapping[str, Any]:
    """Options of the run, those of :func:`wsspec.run` or :func:`wsspec.test_client`. Define a fixture of this name."""
    return {"strict": True} if pytestconfig.getini("wsspec_strict") else {}


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """A target that is set up anew is another one."""
    if fixturedef.argname == TARGET:
        request.config.stash[_RUNS][id(fixturedef)] = _Run(fixturedef.scope)


@pytest.fixture
def wsspec_report(
    request: pytest.FixtureRequest, wsspec_target: Target, wsspec_options: Mapping[str, Any]
) -> Report:
    """The report of the run that this test belongs to."""
    item: pytest.Item = request.node
    the_run = request.config.stash[_RUNS][id(_selection.target_of(item))]
    if the_run.outcome is None:
        wanted = _selection.united(_selection.sharing(item, the_run.scope))
        try:
            the_run.outcome = _play(wsspec_target, list(wanted), wsspec_options)
        except WsspecError as error:
            the_run.outcome = error
    if isinstance(the_run.outcome, WsspecError):
        raise the_run.outcome
    return the_run.outcome


def _play(target: Target, ids: list[str], options: Mapping[str, Any]) -> Report:
    given = cast(Any, options)
    if isinstance(target, (str, Spawn)):
        return run(target, *ids, **given)
    if inspect.iscoroutinefunction(target):
        # There may be an event loop in this thread.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, aio.test_client(target, *ids, **given)).result()
    if isinstance(target, Client) or callable(target):
        return cast(Report, cast(Any, test_client)(target, *ids, **given))
    raise UsageError(
        f"the fixture `wsspec_target` gives {target!r}; let it give an address, wsspec.Spawn(..), wsspec.Client(..) "
        "or a function"
    )


@pytest.fixture
def wsspec_trial(
    request: pytest.FixtureRequest, wsspec_report: Report, wsspec_options: Mapping[str, Any]
) -> Trial:
    """One trial and what became of it: skipped here where it does not apply, and checked after the test in any case."""
    trial = _found(wsspec_report, request.param)
    if trial.status is Status.SKIPPED:
        _passed_over(trial)
    if trial.status is Status.ERROR:
        raise InconclusiveError(trial.text or trial.message)
    return trial


@pytest.fixture
def wsspec_requirement(
    request: pytest.FixtureRequest, wsspec_report: Report, wsspec_options: Mapping[str, Any]
) -> RequirementResult:
    """One requirement, and the trials that it is tested by: skipped where all of them are, and checked after the test."""
    tested = [_found(wsspec_report, listed) for listed in request.param]
    named = tested[0].requirement.id
    the_run = request.config.stash[_RUNS][id(_selection.target_of(request.node))]
    items = _selection.sharing(request.node, the_run.scope)
    others = {listed.requirement for item in items for listed in _selection.asked_for(item)} - {named}
    # A failure counts where the requirement that it names has a test of its own, and nowhere twice.
    kept = [trial for trial in tested if trial.ok() or trial.named.id not in others]
    kept += [trial for trial in wsspec_report.failed if trial.named.id == named and trial not in kept]
    if not kept:
        pytest.skip(f"its trials fail for {', '.join(sorted({trial.named.id for trial in tested}))}")
    result = RequirementResult(tested[0].requirement, tuple(kept), bool(wsspec_options.get("strict")))
    troubled = [trial for trial in kept if trial.status is Status.ERROR]
    if troubled:
        raise InconclusiveError("\n\n".join(trial.text or trial.message for trial in troubled))
    if all(trial.status is Status.SKIPPED for trial in kept):
        _passed_over(max(kept, key=lambda trial: trial.known is not None))
    return result


def _passed_over(trial: Trial) -> NoReturn:
    """Ends a test whose trial does not apply, or fails as it is known to."""
    if trial.known is not None:
        pytest.xfail(trial.message)
    pytest.skip(trial.message)


def _found(report: Report, listed: Listed) -> Trial:
    try:
        return report[listed.id]
    except KeyError:
        pass
    if report.aborted:
        raise InconclusiveError(
            f"{report.aborted}\n(a server on the event loop of a test cannot answer while wsspec runs: see wsspec.in_thread)"
        )
    if report.role not in listed.roles:
        raise UsageError(
            f"{listed.id} tests a {' or a '.join(listed.roles)}, and the target is a {report.role}; "
            f"mark the test with @pytest.mark.wsspec(role={report.role!r})"
        )
    raise InconclusiveError(f"{listed.id} was not run")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Checks what a test was given, so that a test without a body is not a test that passes."""
    passed = yield
    given = pyfuncitem.funcargs
    trial, requirement = given.get(TRIAL), given.get(REQUIREMENT)
    if isinstance(trial, Trial):
        options = cast("Mapping[str, Any]", given["wsspec_options"])
        trial.check(strict=bool(options.get("strict")))
    if isinstance(requirement, RequirementResult):
        requirement.check()
    return passed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure of ours tells its story, and not where in this package it was raised."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, WsspecError):
        report.longrepr = cast(Any, Story.of(call.excinfo.value, item))
    return report
