"""Binder can read this repository: repo2docker plans an image from it, without Docker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_repo2docker_plans_an_image():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    plan = done.stdout + done.stderr
    assert done.returncode == 0, plan
    assert "requirements.txt" in plan
    wanted = (ROOT / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"python={wanted}" in plan or f"environment.py-{wanted}" in plan, "runtime.txt is not obeyed"
