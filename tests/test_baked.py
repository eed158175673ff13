"""Baked results: a grid computed once, packed small, unpacked alike in Python and in the browser's script."""

from __future__ import annotations

import json

import numpy as np
import pytest
import traitlets

from optimlib.explorables import Baked, base, pack
from optimlib.explorables.baked import LIMIT


def js(value) -> str:
    return json.dumps(value)


def bundle(baked) -> dict:
    return baked._repr_mimebundle_()[0]


def falling(lr, batch_size=1):
    """Two curves."""
    steps = np.arange(40)
    return {"slow": (1 - lr) ** steps / batch_size, "fast": (1 - lr) ** (2 * steps)}


def own_x(n, kind):
    """Lengths and places of x differ."""
    x = np.logspace(0, 2, n)
    return {"Adam": (x, np.sqrt(x) if kind == "root" else -x)}


GRID = {"lr": [0.1, 0.3], "batch size": [1, 4, 16]}


def test_every_choice_gives_the_curves_of_its_run():
    baked = Baked(falling, GRID)
    for lr in GRID["lr"]:
        for size in GRID["batch size"]:
            baked.choice = {"lr": lr, "batch size": size}
            for label, y in falling(lr, size).items():
                x, got = baked.run()[label]
                np.testing.assert_array_equal(x, np.arange(40))
                np.testing.assert_allclose(got, y, rtol=4e-4)


def test_a_part_of_the_choice_can_be_set():
    baked = Baked(falling, GRID, choice={"batch size": 4})
    assert baked.choice == {"lr": 0.1, "batch size": 4}
    baked.choice = {"lr": 0.3}
    assert baked.choice == {"lr": 0.3, "batch size": 4}


def test_x_may_differ_from_run_to_run():
    baked = Baked(own_x, {"n": [5, 9], "kind": ["root", "line"]}, log="x")
    baked.choice = {"n": 9, "kind": "line"}
    x, y = baked.run()["Adam"]
    np.testing.assert_allclose(x, np.logspace(0, 2, 9), rtol=1e-3)
    np.testing.assert_allclose(y, -np.logspace(0, 2, 9), atol=5e-3)
    assert baked.table["looks"][0][0] == "#d55e00", "a rule's curve has the rule's color"


@pytest.mark.parametrize("log", [False, True])
def test_packing_errs_by_less_than_half_a_code(log):
    values = np.random.default_rng(0).uniform(1e-3, 50, 500)
    on = pack.scale(values, log)
    back = pack.values(pack.from_text(pack.to_text(pack.codes(values, on))), on)
    if log:
        assert np.abs(np.log10(back / values)).max() <= 0.5000001 * (on["high"] - on["low"]) / pack.TOP
    else:
        assert np.abs(back - values).max() <= 0.5000001 * (on["high"] - on["low"]) / pack.TOP
    assert on["low"] <= (np.log10(values) if log else values).min()
    assert on["high"] >= (np.log10(values) if log else values).max()


def test_what_a_code_cannot_say():
    on = pack.scale(np.array([1.0, 100.0, 0.0, -3.0, np.nan, np.inf]), True)
    back = pack.values(pack.codes(np.array([1.0, 0.0, -3.0, np.nan, np.inf, 1e9]), on), on)
    assert back[0] == pytest.approx(1, rel=1e-4)
    assert back[1] == back[2] == 0
    assert np.isnan(back[3:5]).all()
    assert back[5] == pytest.approx(100, rel=0.05), "beyond the scale is its end"


@pytest.mark.parametrize("values", [[0.0, 0.0], [5.0], [np.nan], [1e-300, 1e300], [-1e9, -1e9 + 1]])
@pytest.mark.parametrize("log", [False, True])
def test_odd_series_have_a_scale_too(values, log):
    on = pack.scale(np.array(values), log)
    assert on["high"] > on["low"]
    assert np.isfinite([on["high"], on["low"]]).all()
    json.dumps(on, allow_nan=False)


def test_the_last_bit_of_a_value_does_not_change_the_text():
    """Other processors round otherwise: the stored notebook must stay the same."""
    values = np.random.default_rng(1).uniform(0.1, 1, 300)
    other = values * (1 + 1e-15)
    first, second = (pack.to_text(pack.codes(v, pack.scale(v, True))) for v in (values, other))
    assert first == second


def test_a_run_that_diverges_or_arrives_leaves_the_scale_to_the_others():
    def run(lr):
        return {"a": [1.0, 1e200, np.inf] if lr > 1 else [1.0, 0.1, 1e-200]}

    low, high = Baked(run, {"lr": [0.5, 2.0]}, log="y").table["y"]["shown"]
    assert high == pytest.approx(100)
    assert low == pytest.approx(1e-16)


def test_limits_cut_off():
    def run(lr):
        return {"a": [1.0, 5000.0]}

    baked = Baked(run, {"lr": [1]}, log="", limits=(0, 10))
    assert baked.run()["a"][1][1] == pytest.approx(10, rel=0.02)


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_grid_that_is_too_large_says_how_large_and_what_to_do():
    calls = []

    def long(a, b):
        calls.append(a)
        return {"loss": np.zeros(5000), "other": np.zeros(5000)}

    with pytest.raises(ValueError, match="allowed") as caught:
        Baked(long, {"a": list(range(20)), "b": list(range(10))})
    said = str(caught.value)
    assert "20 × 10 runs of 2 curve(s) with 5000 values make 5,333,336 bytes" in said
    assert f"{LIMIT:,} allowed: return every 27th value" in said
    assert len(calls) == 1, "known after the first run already"


def test_other_labels_for_other_choices_are_refused():
    def run(lr):
        return {"a": [1, 2]} if lr == 1 else {"b": [1, 2]}

    with pytest.raises(ValueError, match=r"run\(lr=2\) returns \['b'\]: must return \['a'\]"):
        Baked(run, {"lr": [1, 2]})


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ([1, 2], "returns list: must return {label: y}"),
        ({}, "must return {label: y}"),
        ({"a": ([1, 2], [1, 2, 3])}, "of one length, are (2,) and (3,)"),
        ({"a": [[1, 2]]}, "must be 1-d"),
        ({"a": []}, "must be 1-d"),
        ({"a": "text"}, "run(lr=1)['a']='text'"),
        ({"a": [1, 2], "b": ([0, 1], [1, 2])}, "must be one or the other"),
    ],
)
def test_curves_that_are_none_are_refused(returned, words):
    def run(lr):
        return returned

    with pytest.raises((ValueError, TypeError)) as caught:
        Baked(run, {"lr": [1]})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"choices": {}}, "must name at least one choice"),
        ({"choices": {"lr": []}}, "choices['lr']=[]: must be 1 to 64 different numbers"),
        ({"choices": {"lr": [1, 1]}}, "different"),
        ({"choices": {"lr": [np.nan]}}, "must be 1 to 64"),
        ({"choices": {"lr": [[1]]}}, "must be 1 to 64"),
        (
            {"bet": {"question": "?", "options": [1, 2], "answer": 0, "unlocks": "rate"}},
            "must be None or one of batch size, lr",
        ),
        ({"log": "z"}, "log='z': must be"),
        ({"choice": {"lr": 0.2}}, "choice['lr']=0.2: must be one of 0.1, 0.3"),
        ({"choice": {"rate": 0.1}}, "choice='rate': must be one of batch size, lr"),
    ],
)
def test_bad_input_is_refused_with_words(arguments, words):
    with pytest.raises((ValueError, TypeError, traitlets.TraitError)) as caught:
        Baked(**{"run": falling, "choices": GRID} | arguments)
    assert words in str(caught.value)


def test_a_function_without_text_is_refused():
    with pytest.raises(ValueError, match="so that its text shows"):
        Baked(eval("lambda lr: {'a': [1]}"), {"lr": [1]})


# --- for the page, and in the browser's script ---------------------------------------------------------------------


def test_bundle_has_everything_for_every_place():
    data = bundle(Baked(falling, GRID, caption="Curves."))
    assert data[base.MIME]["element"] == "opt-baked"
    assert data[base.MIME]["alt"]
    assert data[base.MIME]["config"]["source"].startswith("def falling(lr, batch_size=1):")
    assert data["image/png"].startswith(b"\x89PNG")
    json.dumps(data[base.MIME], allow_nan=False)


def unpacked(v8, baked) -> list:
    """What the script makes of the configuration. A bare V8 has no atob."""
    codes = pack.from_text(baked.data).tolist()
    return v8(
        f"unpackCurves({js(baked.table)}, Uint16Array.from({js(codes)}))"
        ".map((cell) => cell.map(({ label, x, y }) => [label, Array.from(x), Array.from(y)]))"
    )


@pytest.mark.parametrize(
    "baked",
    [
        lambda: Baked(falling, GRID),
        lambda: Baked(own_x, {"n": [5, 9], "kind": ["root", "line"]}, log="x"),
        lambda: Baked(lambda lr: {"a": [1.0, 0.0, np.nan]}, {"lr": [1, 2]}),
    ],
)
def test_the_browser_unpacks_what_python_unpacks(v8, baked):
    baked = baked()
    cells = unpacked(v8, baked)
    names, allowed = list(baked.choices), list(baked.choices.values())
    assert len(cells) == np.prod([len(a) for a in allowed])
    for first in allowed[0]:
        for second in allowed[1] if len(allowed) > 1 else [None]:
            baked.choice = {names[0]: first} | ({names[1]: second} if second is not None else {})
            stored = json.dumps(baked.choices, sort_keys=True)  # as a notebook on disk has it
            place = v8(f"cellOf({stored}, {js(baked.choice)})")
            for (label, x, y), (own, (own_at, own_y)) in zip(cells[place], baked.run().items(), strict=True):
                assert label == own
                np.testing.assert_allclose(x, own_at, rtol=1e-12)
                y = [np.nan if v is None else v for v in y]
                np.testing.assert_allclose(y, own_y, rtol=1e-12)


def test_base64_in_the_browser(v8):
    """`atob` as browsers define it, for a V8 that has none."""
    codes = np.array([0, 1, 255, 256, 65535, 4097], "<u2")
    got = v8(
        f"(() => {{ globalThis.atob = (t) => String.fromCharCode(...{js(list(codes.tobytes()))});"
        f" return Array.from(codesFrom({js(pack.to_text(codes))})); }})()"
    )
    assert got == codes.tolist()


def test_a_goal_is_judged(v8):
    curves = "[{ label: 'a', x: [0, 1, 2], y: [1, 0.1, 0.01] }, { label: 'b', x: [0, 1, 2], y: [1, 0.5, 0.2] }]"
    app = f"{{ shown: {curves}, state: {{ table: {{ x: {{ name: 'step' }}, y: {{ name: 'loss' }} }} }} }}"
    reached = v8(f"judgeBaked({{ below: 0.05, within: 2 }}, {app})")
    assert reached == {"reached": True, "words": "Reached: a is below 0.05 at step 2."}
    missed = v8(f"judgeBaked({{ below: 0.05, within: 1 }}, {app})")
    assert missed == {"reached": False, "words": "Not yet: a came closest, loss 0.1 at step 1."}


def test_copied_python_runs(v8):
    baked = Baked(falling, GRID, choice={"lr": 0.3, "batch size": 16})
    scope = {"np": np}
    exec(v8(f"bakedPython({{ state: {js(baked.config())} }})"), scope)
    np.testing.assert_array_equal(scope["curves"]["slow"], falling(0.3, 16)["slow"])
