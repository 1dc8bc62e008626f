# The notebooks of examples/python, executed: each cell runs, draws, and none keeps what it printed. python notebooks.py FOLDER NOTEBOOK...
import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from checks import expect

folder, *notebooks = sys.argv[1:]
for path in notebooks:
    name = os.path.basename(path)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    expect(f"{name}: is kept without outputs", True, not any(c.outputs or c.execution_count for c in code))
    try:
        NotebookClient(notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
        why = ""
    except CellExecutionError as e:
        why = str(e)[-600:]
    expect(f"{name}: runs to its end", "", why)
    if not why:
        pictures = sum("image/png" in o.get("data", {}) for c in code for o in c.outputs)
        expect(f"{name}: {pictures} pictures", True, pictures >= 3)
