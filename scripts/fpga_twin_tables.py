"""What scripts/fpga-twin measured, as numbers over chips and as Markdown tables."""
import math
import statistics

THEIRS = ("low", "mid", "high")
METHODS = {"free": "no twin", "ptq": "post-training quantisation", "twin": "twin", "qat": "twin + QAT",
           "qat3": "twin + QAT for 3×"}
CLAIMS = {"free": (5, 15), "ptq": (3, 8), "twin": (None, 1), "qat": (None, 0.5)}  # points, Tutorial 48
MARGIN = 0.01  # a chip passes if it loses at most this of the reference


def wilson(passed, n):
    z = 1.959963984540054
    centre, half = passed / n + z * z / (2 * n), z * math.sqrt(passed * (n - passed) / n**3 + z * z / (4 * n * n))
    return max(0, (centre - half) / (1 + z * z / n)), min(1, (centre + half) / (1 + z * z / n))


def pooled(results, rows_of, **wanted):
    """Of all nets of a data set: what its chips do, in points; None if nothing was run."""
    chips, losses, means, own, passed = [], [], [], [], 0
    for result in results:
        for row in rows_of(result):
            if any(row[k] != v for k, v in wanted.items()):
                continue
            accuracy, reference = row["accuracy"], result["reference"]
            chips += accuracy
            passed += sum(a >= reference - MARGIN - 1e-12 for a in accuracy)
            means.append(statistics.mean(accuracy))
            losses.append(reference - means[-1])
            own.append(row["quantised"] - means[-1])
    if not chips:
        return None
    spread = math.sqrt(statistics.mean(statistics.variance(a) for a in [
        r["accuracy"] for result in results for r in rows_of(result) if all(r[k] == v for k, v in wanted.items())]))
    low, high = wilson(passed, len(chips))
    return {"chips": len(chips), "nets": len(means), "mean": 100 * statistics.mean(means), "sd": 100 * spread,
            "net_means": [100 * m for m in means], "loss": 100 * statistics.mean(losses),
            "net_losses": [100 * x for x in losses], "own_loss": 100 * statistics.mean(own),
            "p5": 100 * sorted(chips)[(len(chips) - 1) // 20], "worst": 100 * min(chips),
            "yield": 100 * passed / len(chips), "yield_low": 100 * low, "yield_high": 100 * high}


def per_data(results):
    sets = {}
    for result in results:
        sets.setdefault(result["data"], []).append(result)
    return sets


def main_rows(result):
    return result["rows"]


def over(a, b):
    return a / b if b else None  # a loss of nothing has no ratio


def told(ratio):
    return "none" if ratio is None else f"{ratio:.2f}"


def goals(results):
    """Twin + QAT against the two goals, for each data set."""
    found = {}
    for name, of_set in per_data(results).items():
        theirs = {level: pooled(of_set, main_rows, method="qat", level=level, scale=1)["loss"] for level in THEIRS}
        treated = pooled(of_set, main_rows, method="qat3", level="high", scale=3)
        untreated = pooled(of_set, main_rows, method="free", level="high", scale=3)
        found[name] = {"qat_loss": theirs, "below_half_a_point": all(x < 0.5 for x in theirs.values()),
                       "qat3_loss_at_3x": treated["loss"], "qat3_own_loss_at_3x": treated["own_loss"],
                       "free_loss_at_3x": untreated["loss"], "ratio": over(treated["loss"], untreated["loss"]),
                       "own_ratio": over(treated["own_loss"], untreated["own_loss"]),
                       "at_most_a_third": 0 < untreated["loss"] >= 3 * treated["loss"]}
    return found


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def cells(p):
    """Mean and sd over chips, loss with the range over nets, own loss, tail, yield."""
    return [f"{p['mean']:.2f} ± {p['sd']:.2f}", f"{p['loss']:.2f} ({min(p['net_losses']):.2f}..{max(p['net_losses']):.2f})",
            f"{p['own_loss']:.2f}", f"{p['p5']:.2f}", f"{p['worst']:.2f}",
            f"{p['yield']:.1f} ({p['yield_low']:.1f}..{p['yield_high']:.1f})"]


HEAD = ["mean ± sd", "loss (nets)", "of its own nominal", "5th percentile", "worst", "yield (95 %)"]


def claim(method, loss):
    """What the tutorial claims, and whether the measured loss is that."""
    low, high = CLAIMS[method]
    if low is None:
        return f"< {high}: {'holds' if loss < high else '**more**'}"
    return f"{low}-{high}: {'**less**' if loss < low else '**more**' if loss > high else 'holds'}"


def main_table(of_set):
    rows = []
    for level in THEIRS:
        for method in CLAIMS:
            p = pooled(of_set, main_rows, method=method, level=level, scale=1)
            rows.append([level, METHODS[method], claim(method, p["loss"]), *cells(p)])
    return table(["magnitudes", "row", "loss claimed", *HEAD], rows)


def sweep_table(of_set):
    """A method breaks where its mean over chips first loses more than 5 points of the reference."""
    scales = sorted({r["scale"] for r in of_set[0]["rows"]})
    rows = []
    for method, title in METHODS.items():
        points = {s: pooled(of_set, main_rows, method=method, level="high", scale=s) for s in scales}
        run = {s: p for s, p in points.items() if p}
        broken = next((f"×{s}" for s, p in run.items() if p["loss"] > 5), f"not up to ×{max(run)}")
        rows.append([title, *(f"{p['mean']:.1f}, {p['p5']:.1f}, {p['yield']:.0f}" if p else "not run"
                              for p in points.values()), broken])
    return table(["row", *(f"×{s}" for s in scales), "loses over 5 points at"], rows)


def grid_bits(of_set):
    return sorted({r["bits"] for r in of_set[0]["grid"]}, reverse=True)


def grid_table(of_set):
    rows = []
    for bits in grid_bits(of_set):
        for method in CLAIMS:
            p = pooled(of_set, lambda result: result["grid"], method=method, bits=bits)
            rows.append([str(bits), METHODS[method], *cells(p)])
    return table(["bits", "row", *HEAD], rows)


def goal_table(report):
    rows = []
    for name, g in report["goals"].items():
        worst = max(g["qat_loss"].values())
        rows.append([name, "twin + QAT loses < 0.5 points at their magnitudes", f"{worst:.2f} at most",
                     "met" if g["below_half_a_point"] else "**not met**"])
        rows.append([name, "twin + QAT loses at most a third of no twin's loss at 3×",
                     f"{g['qat3_loss_at_3x']:.2f} against {g['free_loss_at_3x']:.2f}, ratio {told(g['ratio'])} "
                     f"(each of its own nominal: {told(g['own_ratio'])})",
                     "met" if g["at_most_a_third"] else "**not met**"])
    return table(["data", "goal", "measured", ""], rows)


def tables(report):
    made = report["provenance"]
    text = [f"`{made['command']}`, sources {made['sources']}, version {made['version']}, {made['machine']}."]
    text += [f"Left out: {x}." for x in report["left_out"]]
    if not report["complete"]:
        text.append("**Not complete**: the run was stopped, or goes on; the tables say how many chips and nets they stand on.")
    text.append("### Goals\n\n" + goal_table(report))
    for name, of_set in per_data(report["results"]).items():
        p = pooled(of_set, main_rows, method="free", level="low", scale=1)
        references = ", ".join(f"{100 * r['reference']:.2f}" for r in of_set)
        words = sum(r["verified"]["words"] for r in of_set)
        differ = sum(r["verified"]["differ"] for r in of_set)
        text.append(f"### {name}\n\n{of_set[0]['rows'][0]['clips']} clips of validation speakers; {p['nets']} nets, "
                    f"{p['chips']} chips a row. Reference of each net: {references} %. "
                    f"Binary point chosen after training: {', '.join(r['ptq_binary_point'] for r in of_set)}. "
                    f"RTL of twin + QAT: {words:,} words, {differ} differ.\n\n" + main_table(of_set))
        sweep = pooled(of_set, main_rows, method="free", level="high", scale=3)
        text.append(f"The upper end of the magnitudes, times (mean, 5th percentile, yield, all in %; "
                    f"{sweep['chips']} chips a cell beyond ×1):\n\n" + sweep_table(of_set))
        grid = pooled(of_set, lambda result: result["grid"], method="free", bits=max(grid_bits(of_set), default=0))
        if grid:
            text.append(f"Weights of few bits at the upper end of the magnitudes ({grid['chips']} chips a row):\n\n" +
                        grid_table(of_set))
    return "\n".join(t if t.endswith("\n") else t + "\n" for t in text)
