#!/usr/bin/env python3
"""Derives the table of responsible authorities that the router is compared with.

Written on purpose by other means than the product: it reads the shipped tables of municipalities but
not responsibilities.toml, and names the towns with an office of their own itself. A change there
must be made here too, with its source, or the comparison fails.

Run from the repository's root: python3 tests/routing/derive.py
"""

import csv
import re
from collections import Counter

REGION = "regions/thueringen/"
OUT = "tests/routing/thueringen.csv"

# Towns whose own trade office decides (§ 1 ThürZustErmGeVO). Source beside each.
OWN_TRADE_OFFICE = {
    "16064046": "Mühlhausen: muehlhausen.de, Gewerbeamt",
    "16066042": "Meiningen: stadt-meiningen.de, Gewerbe",
    "16066092": "Zella-Mehlis: zella-mehlis.de, Fachdienst Untere Gewerbebehörde",
    "16067029": "Gotha: gotha.de, Sperrzeit",
    "16070029": "Ilmenau: ilm-kreis.de",
    "16073076": "Rudolstadt: kreis-slf.eu, Gewerbeamt",
    "16073077": "Saalfeld: kreis-slf.eu, Gewerbeamt",
    "16075073": "Neustadt an der Orla: saale-orla-kreis.de, Sperrzeit",
    "16075085": "Pößneck: saale-orla-kreis.de, Sperrzeit",
    "16077001": "Altenburg: altenburg.eu, Sperrzeit",
}


def rows(name):
    with open(REGION + name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def path(name):
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "ae"), ("Ö", "oe"), ("Ü", "ue")):
        name = name.replace(umlaut, letters)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def bare(name):
    return name.split(",")[0]


def main():
    districts = {d["district"]: d for d in rows("districts.csv")}
    associations = {a["association"]: a for a in rows("associations.csv")}
    places = rows("municipalities.csv")
    same = Counter(path(bare(p["name"])) for p in places)
    for p in places:
        p["district"] = districts[p["ags"][:5]]
        p["association"] = associations[p["ars"][:9]]
        p["id"] = path(bare(p["name"]))
        if same[p["id"]] > 1:
            p["id"] += "-" + path(p["district"]["name"])
        p["title"] = ("Gemeinde " if p["kind"] == "kreisangehörige Gemeinde" else "Stadt ") + bare(p["name"])

    def itself(p):
        return (p["id"], p["title"], "municipality")

    def local(p):
        kind, name = p["association"]["kind"], p["association"]["name"]
        if kind == "verbandsfreie Gemeinde":
            return itself(p)
        if kind == "Verwaltungsgemeinschaft":
            return ("vg-" + path(name), "Verwaltungsgemeinschaft " + name, "association")
        assert kind == "erfüllende Gemeinde", kind
        group = [q for q in places if q["association"] is p["association"]]
        head = [q for q in group if q["name"] == name] or [q for q in group if "EG " + bare(q["name"]) == name]
        assert len(head) == 1, (name, [q["name"] for q in group])
        return itself(head[0])

    def trade(p):
        if p["kind"] == "kreisfreie Stadt" or p["ags"] in OWN_TRADE_OFFICE:
            return itself(p)
        name = p["district"]["name"]
        return ("lk-" + path(name), "Landratsamt " + name, "district")

    with open(OUT, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["ags", "name", "responsibility", "authority", "authority_name", "level", "consulted"])
        for p in places:
            out.writerow([p["ags"], p["name"], "municipal", *local(p), ""])
            decides = trade(p)
            heard = local(p)[0] if local(p)[0] != decides[0] else ""
            out.writerow([p["ags"], p["name"], "trade", *decides, heard])


if __name__ == "__main__":
    main()
