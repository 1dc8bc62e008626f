"""What is wrong with a page of spiketwin report, a line each; then whether it has many numbers, and its figures.

    look.py PAGE JSON
"""
import html.parser, json, re, sys

page = open(sys.argv[1], encoding="utf-8").read()
report = json.load(open(sys.argv[2]))
made_by = {f"by-{i}-{maker}": part["command"] for i, net in enumerate(report["nets"].values())
           for maker, part in net["provenance"].items()}
VOID = {"meta", "br", "img", "image", "rect", "path", "circle", "polygon", "polyline", "use", "line"}


def at(pointer):
    x = report
    for member in pointer.split("/")[1:]:
        x = x[int(member)] if isinstance(x, list) else x[member]
    return x


class Look(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.numbers, self.figures, self.value, self.ids = [], 0, 0, None, set()
        self.told, self.commands, self.links = None, {}, []

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        for name, value in attrs:
            if name in ("src", "srcset", "style") and "url" in (value or "") or name in ("src", "srcset"):
                print("from elsewhere:", name, value)
            if name.endswith("href") and not value.startswith(("#", "data:image/png;base64,")):
                print("from elsewhere:", name, value)
            if name.startswith("on"):
                print("a script:", name)
            if name == "href" and value.startswith("#by-"):
                self.made_by = value[1:]
            if name == "id" and value in made_by:
                self.told = value
                self.commands[value] = ""
            if name == "id" and (value in self.ids or self.ids.add(value)):
                print("id twice:", value)
        if tag in ("script", "link", "iframe", "object"):
            print("not wanted:", tag)
        if tag == "svg" and not a.get("aria-label"):
            print("a picture without words for it")
        if tag == "figure":
            self.figures += 1
            self.made_by = None
        if tag == "data":
            self.value, self.pointer, self.shown = float(a["value"]), a["title"], ""
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.stack or self.stack.pop() != tag:
            sys.exit(f"not nested: {tag}")
        if tag == "figure":
            self.links.append(self.made_by)
        if tag == "dd":
            self.told = None
        if tag == "data":
            self.numbers += 1
            if at(self.pointer) != self.value:
                print(f"{self.pointer}: page {self.value}, JSON {at(self.pointer)}")
            text = self.shown.replace(",", "").replace("\u2212", "-")
            digits = len(text.partition(".")[2])
            if not any(abs(float(text) - s * self.value) <= 0.5000001 * 10**-digits for s in (1, 100, 1e9)):
                print(f"{self.pointer}: {self.value} reads {self.shown}")
            self.value = None

    def handle_data(self, text):
        if self.value is not None:
            self.shown += text
        elif self.told and "code" in self.stack:
            self.commands[self.told] += text
        elif not {"code", "style", "svg", "title"} & set(self.stack):
            for number in re.findall(r"(?<![A-Za-z\d])\d[\d.,]*", text):
                if number not in ("95", "5"):  # of "95 % interval", "5th percentile"
                    print("a number that is not in the JSON:", number, "in:", text.strip())


look = Look()
look.feed(page)
look.close()
for link in look.links:
    if link not in look.commands or not look.commands[link].startswith(made_by[link]):
        print("a figure without its command:", link)
if look.stack:
    print("not closed:", look.stack)
for word in ("http", "<script", "@import", r"url\(", r"[^\w+/]nan[^\w+/]", r"[^\w+/]inf[^\w+/]"):
    if re.search(word, page):
        print("found:", word)
print(look.numbers > 100, look.figures)
