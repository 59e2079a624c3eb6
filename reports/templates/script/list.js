// The list: which findings fit, in which groups, and as many of them as are laid out.
const FIELDS = ["severity", "stage", "engine", "status", "confidence", "category", "operation", "file", "rule", "blocks"];
const LEVELS = ["critical", "high", "medium", "low", "info"];

class List {
  constructor(element, data) {
    this.element = element;
    this.data = data;
    this.step = Number(element.dataset.step);
    this.nodes = new Map([...element.children].map((node) => [Number(node.dataset.place), node]));
    this.texts = data.findings.map((item) => searchable(item, data));
    this.byId = new Map(data.findings.map((item, index) => [item.id, index]));
    this.closed = new Set();
    this.fitting = data.findings.map((_, index) => index);
    this.group = "";
    this.aimed = null;
    this.limit = this.step;
  }

  // Narrow the list to what a state (of the page's address) asks for.
  apply(state) {
    const words = (state.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = FIELDS.filter((field) => state.get(field)).map((field) => [field, this.asked(field, state.get(field))]);
    const fits = (index) => words.every((word) => this.texts[index].includes(word))
      && wanted.every(([field, any]) => values(this.data.findings[index], field, this.data).some((value) => any.includes(value)));
    this.fitting = this.data.findings.map((_, index) => index).filter(fits);
    this.limit = this.step;
    const group = state.get("group") ?? "";
    if (group !== this.group) this.closed.clear();
    this.group = FIELDS.includes(group) ? group : "";
    this.show();
  }

  asked(field, value) {
    return field === "severity" ? value.split(",") : [value];
  }

  // The rows in groups: the worst first, then the largest.
  grouped() {
    if (!this.group) return [["", this.fitting]];
    const groups = new Map();
    for (const index of this.fitting) {
      const names = values(this.data.findings[index], this.group, this.data);
      // One row stands in one place: under the first of several names.
      const name = names[0] ?? `no ${this.group}`;
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(index);
    }
    // The findings come sorted, but for suppressed ones at the end.
    const worst = (rows) => LEVELS.indexOf(this.data.findings[rows[0]].severity);
    const unnamed = ([name]) => Number(name === `no ${this.group}`);
    return [...groups].sort((a, b) => unnamed(a) - unnamed(b) || worst(a[1]) - worst(b[1])
      || b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  }

  // Rows beyond the limit stay out of the document: thousands at once take the browser seconds.
  show() {
    const shown = [];
    let left = this.limit;
    for (const [name, rows] of this.grouped()) {
      if (left <= 0) break;
      if (this.group) shown.push(this.heading(name, rows));
      if (this.group && this.closed.has(name)) continue;
      const kept = rows.slice(0, left);
      left -= kept.length;
      for (const index of kept) shown.push(this.row(index));
    }
    if (this.aimed !== null && this.fitting.includes(this.aimed) && !shown.includes(this.row(this.aimed))) {
      shown.push(this.row(this.aimed));
    }
    this.element.replaceChildren(...shown);
    this.left = this.fitting.length - this.limit;
  }

  more() {
    if (this.left <= 0) return;
    this.limit += this.step;
    this.show();
  }

  heading(name, rows) {
    const open = !this.closed.has(name);
    const button = h("button", { type: "button", "aria-expanded": String(open) }, name);
    button.addEventListener("click", () => {
      if (open) this.closed.add(name);
      else this.closed.delete(name);
      this.show();
      this.element.dispatchEvent(new Event("regrouped"));
      [...this.element.querySelectorAll(".group button")].find((one) => one.textContent === name)?.focus();
    });
    const counts = LEVELS.map((level) => [level, rows.filter((index) => this.data.findings[index].severity === level).length]);
    const told = counts.filter(([, count]) => count).map(([level, count]) => `${count.toLocaleString("en")} ${level}`);
    return h("li", { class: "group" }, button, h("span", {}, told.join(", ")));
  }

  row(index) {
    let node = this.nodes.get(index);
    if (node === undefined) {
      node = this.built(index);
      this.nodes.set(index, node);
    }
    return node;
  }

  // The same as the template makes for the first rows.
  built(index) {
    const item = this.data.findings[index];
    const tags = h("span", { class: "tags" });
    if (item.blocks) tags.append(h("b", { class: "blocks" }, "blocks"));
    if (item.confidence === "proven") tags.append(h("b", { class: "proven" }, "proven"));
    if (item.status !== "new") tags.append(h("b", { class: "status" }, item.status));
    const rule = this.data.rules[item.rule].id;
    return h("li", { class: `row ${item.severity} ${item.status}`, id: item.id, "data-place": String(index) },
      h("details", {}, h("summary", {},
        h("span", { class: "sev" }, item.severity),
        h("span", { class: "what" }, shortened(item.message || this.data.rules[item.rule].title)),
        tags,
        h("span", { class: "where" }, shortened(item.where)),
        h("span", { class: "rule" }, `${rule} · ${item.engines.join(", ")}`))));
  }

  fill(details) {
    if (details.childElementCount > 1) return;
    details.append(detail(this.data.findings[Number(details.parentElement.dataset.place)], this.data));
  }

  // Open a finding that is in the list, and bring it into view.
  open(index) {
    if (this.aimed !== null) this.row(this.aimed).classList.remove("aimed");
    this.aimed = index;
    const node = this.row(index);
    node.classList.add("aimed");
    this.show();
    const details = node.firstElementChild;
    this.fill(details);
    details.open = true;
    node.scrollIntoView({ block: "start" });
    details.firstElementChild.focus({ preventScroll: true });
  }

  // For paper: everything that fits; only the worst are opened, or it would be a book.
  print(most) {
    this.limit = this.fitting.length;
    this.closed.clear();
    this.show();
    for (const index of this.fitting.slice(0, most)) {
      const details = this.row(index).firstElementChild;
      this.fill(details);
      details.open = true;
    }
  }
}
