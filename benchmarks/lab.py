"""The lab's previews: from a slider's values to the numbers of a chart, through a warm worker.

Here: median and p95 of mean-field previews and of 200 stochastic patients. Not here: the browser's
part, and the server's own, a few milliseconds.
"""

import json
import statistics
import time
from collections.abc import Iterator

TARGETS = {"mean_field": (1, 60.0), "branching": (200, 250.0)}
TEXT = """
countermove: 1
name: A preview
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e10 cells}
drugs: {A: {kill: 0.04 /day}, B: {kill: 0.04 /day}}
alterations:
  resists_A: {mechanism: target, drug: A, rate: 5e-8}
  resists_B: {mechanism: target, drug: B, rate: 5e-8}
treatment: {policy: sequential, drugs: [A, B]}
follow_up: 4 years
"""


def lines(times: int = 60) -> Iterator[str]:
    """Measure each kind of preview; every call has another value, as under a slider."""
    from countermove.lab.crew import QuickCrew

    crew = QuickCrew(1)
    try:
        for engine, (patients, target) in TARGETS.items():
            spent, server = [], []
            for number in range(times + 3):
                kill = 0.03 + 0.0003 * number
                asked = {"yaml": TEXT, "settings": {"drugs.A.kill": kill}}
                asked |= {"engine": engine, "patients": patients}
                begin = time.perf_counter()
                told = json.loads(crew.call("preview", asked, 300.0))
                spent.append(1000.0 * (time.perf_counter() - begin))
                server.append(told["server_ms"])
            spent, server = sorted(spent[3:]), server[3:]
            late = spent[int(0.95 * len(spent))]
            yield (
                f"lab, preview, {engine}, {patients} patients: "
                f"median {statistics.median(spent):.0f} ms, p95 {late:.0f} ms, "
                f"of which computing {statistics.median(server):.0f} ms (target {target:.0f} ms)"
            )
    finally:
        crew.close()


if __name__ == "__main__":
    for line in lines():
        print(line)
