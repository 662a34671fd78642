"""Other simulators on the networks of jobs S1 and S2, each in a process of its own.

Here: GillesPy2, libroadrunner, COPASI and rebop, each tried for a number of seconds. Not here: the
table. A peer that is not installed says so; one that finishes no run says that.

Run one: ``python -m benchmarks.peers NAME JOB SECONDS`` prints a line of JSON.
"""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.network import JOBS, Network

Runner = Callable[[int], float]
SEED = 20261124


def _gillespy(network: Network, solver_name: str) -> tuple[Runner, int]:
    import gillespy2

    model = gillespy2.Model(name="m")
    for name, cells in network.start.items():
        model.add_species(gillespy2.Species(name=name, initial_value=int(cells), mode="discrete"))
    for number, (rate, reactant, products) in enumerate(network.reactions):
        model.add_parameter(gillespy2.Parameter(name=f"k{number}", expression=repr(rate)))
        model.add_reaction(
            gillespy2.Reaction(
                name=f"r{number}",
                reactants={reactant: 1},
                products={p: products.count(p) for p in products},
                rate=f"k{number}",
            )
        )
    model.timespan(gillespy2.TimeSpan.linspace(t=network.days, num_points=2))
    solver = getattr(gillespy2, solver_name)(model=model)
    batch = 100 if network.mean_events < 1e7 else 1

    def run(number: int) -> float:
        found = model.run(solver=solver, number_of_trajectories=batch, seed=SEED + number)
        return sum(float(sum(f[s][-1] for s in network.start) > 0) for f in found)

    return run, batch


def _roadrunner(network: Network, _: str) -> tuple[Runner, int]:
    import roadrunner

    rr = roadrunner.RoadRunner(network.sbml())
    rr.setIntegrator("gillespie")
    rr.getIntegrator().setValue("variable_step_size", False)
    rr.getIntegrator().setValue("seed", SEED)

    def run(number: int) -> float:
        rr.reset()
        return float(sum(rr.simulate(0, network.days, 2)[-1][1:]) > 0)

    return run, 1


def _copasi(network: Network, method: str) -> tuple[Runner, int]:
    import basico

    basico.load_model_from_string(network.sbml())

    def run(number: int) -> float:
        course = basico.run_time_course(
            duration=network.days, intervals=1, method=method, use_numbers=True,
            use_seed=True, seed=SEED + number,
        )  # fmt: skip
        if course is None or len(course) < 2:
            raise RuntimeError("COPASI returned no course")
        return float(course.iloc[-1][list(network.start)].sum() > 0)

    return run, 1


def _rebop(network: Network, _: str) -> tuple[Runner, int]:
    import rebop

    system = rebop.Gillespie()
    for rate, reactant, products in network.reactions:
        system.add_reaction(rate, [reactant], list(products))
    start = {s: int(n) for s, n in network.start.items()}

    def run(number: int) -> float:
        course = system.run(start, tmax=network.days, nb_steps=1, rng=SEED + number)
        return float(sum(float(course[s][-1]) for s in start if s in course) > 0)

    return run, 1


# name -> (package, how, its argument, event by event)
PEERS = {
    "rebop SSA": ("rebop", _rebop, "", True),
    "GillesPy2 SSA (C++)": ("gillespy2", _gillespy, "SSACSolver", True),
    "GillesPy2 tau-leap (C++)": ("gillespy2", _gillespy, "TauLeapingCSolver", False),
    "libroadrunner SSA": ("roadrunner", _roadrunner, "", True),
    "COPASI direct": ("basico", _copasi, "directmethod", True),
    "COPASI adaptive SSA/tau": ("basico", _copasi, "adaptivesa", False),
    "COPASI tau-leap": ("basico", _copasi, "tauleap", False),
    "COPASI hybrid LSODA": ("basico", _copasi, "hybridlsoda", False),
}


def try_peer(name: str, job: str, seconds: float) -> dict:
    """Run one peer on one job in this process for some seconds, after one run to warm up."""
    _, make, argument, _ = PEERS[name]
    run, batch = make(JOBS[job](), argument)
    begin = time.perf_counter()
    run(0)
    warm = time.perf_counter() - begin
    runs, alive, number, begin, cpu = 0, 0.0, 1, time.perf_counter(), os.times()
    while runs == 0 or time.perf_counter() - begin < seconds - warm:
        alive += run(number)
        runs += batch
        number += 1
    now = os.times()
    spent = sum(now[:4]) - sum(cpu[:4])  # children too: GillesPy2 runs a program of its own
    return {"runs": runs, "per_s": runs / max(spent, 1e-9), "alive": alive / runs}


def measure(name: str, job: str, seconds: float) -> dict:
    """Measure one peer in a process of its own, stopped when it takes far too long.

    Returns
    -------
    dict
        ``per_s`` (runs a second of processor time), ``runs`` and ``alive`` (share of them with
        cells at the end); or ``note``, why there is no figure.
    """
    if importlib.util.find_spec(PEERS[name][0]) is None:
        return {"note": "not installed"}
    limit = 2.0 * seconds + 20.0
    command = [sys.executable, "-m", "benchmarks.peers", name, job, str(seconds)]
    found = run_ended(command, limit)
    if found is None:
        return {"note": f"no 2 runs in {limit:.0f} s"}
    out, err = found
    with contextlib.suppress(IndexError, ValueError):
        return json.loads(out.strip().splitlines()[-1])
    return {"note": "failed: " + (err.strip().splitlines() or ["no output"])[-1][:60]}


def run_ended(command: list[str], limit: float) -> tuple[str, str] | None:
    """Run a command, and end it with every process it began once it is done or past its limit.

    Returns
    -------
    What it wrote to standard output and error; None where it ran past its limit. A simulator may
    start programs of its own, which would go on at full speed after their parent was killed.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, which can be ended as a whole
    )
    try:
        return process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


if __name__ == "__main__":
    print(json.dumps(try_peer(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
