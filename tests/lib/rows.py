#!/usr/bin/env python3
"""Whether the rows of a table of spiketwin report are sorted by one of its columns: "sorted" or "not sorted".

    rows.py PAGE CAPTION:COLUMN:rises|falls      CAPTION begins the caption; COLUMN as a Python index
"""
import re, sys

page, (caption, column, way) = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2].rsplit(":", 2)
tables = [t for t in re.findall(r"<table.*?</table>", page, re.S) if f"<caption><span>{caption}" in t]
if not tables:
    sys.exit(f"no table: {caption}")
for table in tables:
    rows = [re.findall(r"<td.*?</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S)]
    values = [float(re.search(r'<data value="([^"]*)"', row[int(column)])[1]) for row in rows]
    if not values or values != sorted(values, reverse=way == "falls"):
        sys.exit(print("not sorted"))
print("sorted")
