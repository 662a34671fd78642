"""Here: calling a command as from a terminal, and a small scenario for it. Not here: tests."""

from click.testing import CliRunner

from countermove.command_line.main import main

SMALL = """\
countermove: 1
name: A small tumor
tumor: {birth: 0.5 /day, death: 0.1 /day, diagnosed_at: 1e5 cells}
drugs: {A: {kill: 0.8 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-3}}
treatment: {policy: continuous, drugs: [A]}
endpoints: {detectable: 1000 cells}
patients: {number: 6}
follow_up: 60 days
"""


def call(*args: str, code: int = 0):
    done = CliRunner().invoke(main, list(args), prog_name="countermove")
    assert done.exit_code == code, done.output
    return done
