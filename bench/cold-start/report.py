"""The section "Cold start and size" of docs/performance.md, from what was measured."""

import argparse
import platform
import statistics
from dataclasses import dataclass
from pathlib import Path

from lambda_start import Start
from subjects import Kind, Subject, zip_bytes

BEGIN = "<!-- Made by bench/cold-start/measure.py: begin -->"
END = "<!-- Made by bench/cold-start/measure.py: end -->"
SEND = "send-message"


@dataclass(frozen=True)
class Figures:
    """Medians of a subject's starts."""

    subject: Subject
    milliseconds: float
    quartiles: tuple[float, float]
    cpu_milliseconds: float
    peak_bytes: float
    statuses: list[int]

    @staticmethod
    def of(subject: Subject, starts: list[Start]) -> "Figures":
        times = [start.milliseconds for start in starts]
        quarters = statistics.quantiles(times, n=4) if len(times) > 1 else times * 3
        return Figures(
            subject,
            statistics.median(times),
            (quarters[0], quarters[2]),
            statistics.median(start.cpu_milliseconds for start in starts),
            statistics.median(start.peak_bytes for start in starts),
            sorted({start.status for start in starts}),
        )


def write(
    document: Path,
    subjects: list[Subject],
    starts: dict[str, list[Start]],
    deployed: dict[str, Path],
    arguments: argparse.Namespace,
) -> None:
    """Replaces the section between the markers; appends it where there is none."""
    figures = [Figures.of(subject, starts[subject.name]) for subject in subjects]
    section = f"{BEGIN}\n{_section(figures, deployed, arguments)}\n{END}\n"
    text = document.read_text() if document.exists() else "# Performance\n"
    before, begin, rest = text.partition(BEGIN)
    if begin:
        section = before + section + rest.partition(f"{END}\n")[2]
    else:
        section = f"{text}\n{section}"
    document.write_text(section)


def _section(figures: list[Figures], deployed: dict[str, Path], arguments: argparse.Namespace) -> str:
    put = _one(figures, Kind.PUT)
    parts = [
        "## Cold start and size",
        _command(arguments),
        _method(arguments.starts),
        _goals(figures, deployed),
        _table([each for each in figures if each.subject.kind not in (Kind.FUNCTION, Kind.VARIANT)], put),
        "Functions; (b) is the measure of the ratios.",
        _table([each for each in figures if each.subject.kind is Kind.FUNCTION], put),
    ]
    if deployed:
        parts += ["As deployed: the same functions for arm64. They were built, not run.", _sizes(deployed)]
    variants = [each for each in figures if each.subject.kind is Kind.VARIANT]
    if variants:
        sends = [each for each in figures if each.subject.name == SEND]
        parts += ["The same `send-message`, as shipped and built otherwise.", _table(sends + variants, put)]
    return "\n\n".join(parts)


def _command(arguments: argparse.Namespace) -> str:
    every = "nice bench/cold-start/measure.py     # all functions; building them takes half an hour on two cores"
    some = " ".join(["nice bench/cold-start/measure.py", *["--arm64"] * arguments.arm64, *arguments.functions])
    lines = [every] if not arguments.functions else [every, f"{some}     # these figures"]
    return "\n".join(["```sh", *lines, "```"])


def _method(n_starts: int) -> str:
    return f"""\
Median of {n_starts} starts of each, one of each in turn, in a new order each time, after one that is not counted;
{platform.machine()}, release profile of `Cargo.toml`. A start counts from before the process exists until the last byte
of its answer has reached Lambda's Runtime API, which the command plays; memory is the most that was resident by then
(`VmHWM`). CPU time says more than time on a machine that others use too. Not in it: Lambda's own fetching of code and
making of its sandbox.

Every DynamoDB call goes through TLS, to a front of the embedded DynamoDB with a certificate of its own CA; Rust and
Python load the system's whole trust store with that CA added. (b), (c) and (d) do less than a send: they parse the body
and make one conditional put, and check no key, nobody's right and no receiver; (b3) makes three puts in turn, a round
trip more than a process's first send, which has what decides it, with the key, and the transaction. (c)
is bundled by esbuild; (c) and (d) run on a loop of 20 lines instead of Lambda's own runtime, which is in their favour."""


def _goals(figures: list[Figures], deployed: dict[str, Path]) -> str:
    send = next((each for each in figures if each.subject.name == SEND), None)
    if send is None:
        return "`send-message`, of which there are goals, was not measured."
    put, puts, node, python = (_one(figures, kind) for kind in (Kind.PUT, Kind.PUTS, Kind.NODE, Kind.PYTHON))
    ratio, ratio_of_puts = (send.milliseconds / each.milliseconds for each in (put, puts))
    sooner = min(node.milliseconds, python.milliseconds) / send.milliseconds
    rows = [
        ("first answer", "at most 1.3 times (b)", f"{ratio:.2f} times; {ratio_of_puts:.2f} times (b3)", ratio <= 1.3),
        ("first answer", "at least 10 times sooner than (c) and (d)", f"{sooner:.1f} times", sooner >= 10),
        ("peak memory", "under 12 MB", f"{_mb(send.peak_bytes)} MB", send.peak_bytes < 12e6),
        _zip_goal(platform.machine(), send.subject.zip_bytes()),
    ]
    if SEND in deployed:
        rows.append(_zip_goal("arm64, as deployed", zip_bytes(deployed[SEND])))
    lines = ["| `send-message` | Goal | Measured | |", "| --- | --- | --- | --- |"]
    lines += [f"| {what} | {goal} | {found} | {'held' if is_held else '**missed**'} |" for what, goal, found, is_held in rows]
    return "\n".join(lines)


def _zip_goal(architecture: str, n_bytes: int) -> tuple:
    return f"zip, {architecture}", "under 2.5 MB", f"{_mb(n_bytes)} MB", n_bytes < 2.5e6


def _sizes(deployed: dict[str, Path]) -> str:
    lines = ["| arm64 | File MB | Zip MB |", "| --- | --- | --- |"]
    lines += [f"| {name} | {_mb(file.stat().st_size)} | {_mb(zip_bytes(file))} |" for name, file in deployed.items()]
    return "\n".join(lines)


def _table(figures: list[Figures], put: Figures) -> str:
    head = ["", "File MB", "Zip MB", "First answer ms", "Middle half ms", "of (b)", "CPU ms", "of (b)", "Peak MB", "Status"]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for each in figures:
        cells = [
            each.subject.name,
            _mb(each.subject.size_bytes()),
            _mb(each.subject.zip_bytes()),
            f"{each.milliseconds:.1f}",
            f"{each.quartiles[0]:.1f} to {each.quartiles[1]:.1f}",
            f"{each.milliseconds / put.milliseconds:.2f}",
            f"{each.cpu_milliseconds:.1f}",
            f"{each.cpu_milliseconds / put.cpu_milliseconds:.2f}",
            _mb(each.peak_bytes),
            ", ".join(map(str, each.statuses)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _one(figures: list[Figures], kind: Kind) -> Figures:
    return next(each for each in figures if each.subject.kind is kind)


def _mb(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:.2f}" if n_bytes >= 1e5 else f"{n_bytes / 1e6:.3f}"
