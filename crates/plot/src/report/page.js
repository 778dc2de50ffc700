"use strict";

// Light, dark, or as the system has it until the button is used.
const root = document.documentElement;
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function data(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

const grouped = new Intl.NumberFormat("en-US").format;

// Lists: columns have a title, the value of an entry that is shown and sorted by, and how they look.
const PAGE = 200;

class List {
  constructor(section, entries, columns) {
    this.columns = columns;
    this.rows = entries.map((entry) => {
      const values = columns.map((column) => column.value(entry));
      return { entry, values, text: values.join(" ").toLowerCase() };
    });
    this.found = this.rows;
    this.limit = PAGE;
    this.search = element("input", { type: "search", placeholder: "Search: all words, in any column" });
    this.search.setAttribute("aria-label", `Search ${section}`);
    this.search.addEventListener("input", () => this.find());
    this.count = element("span", { className: "muted" });
    this.more = element("button", { type: "button", textContent: "Show more" });
    this.more.addEventListener("click", () => { this.limit *= 4; this.show(); });
    this.heads = columns.map((column, i) => {
      const button = element("button", { type: "button", textContent: column.title });
      button.addEventListener("click", () => this.sort(i));
      return element("th", { className: column.look || "" }, button);
    });
    this.body = element("tbody");
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...this.heads)), this.body);
    document.getElementById(section).append(
      element("div", { className: "tools" }, this.search, this.count),
      element("div", { className: "wide" }, table),
      this.more,
    );
    this.show();
  }

  find() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = this.rows.filter((row) => words.every((word) => row.text.includes(word)));
    this.limit = PAGE;
    this.show();
  }

  sort(column) {
    const head = this.heads[column];
    const down = head.getAttribute("aria-sort") !== "descending" && this.columns[column].look === "number"
      || head.getAttribute("aria-sort") === "ascending";
    this.heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = this.columns[column].order || ((value) => value);
    const sign = down ? -1 : 1;
    const compare = (a, b) => (a < b ? -sign : a > b ? sign : 0);
    this.rows.sort((a, b) => compare(order(a.values[column]), order(b.values[column])));
    this.find();
  }

  show() {
    const shown = this.found.slice(0, this.limit);
    this.body.replaceChildren(...shown.map((row) => this.line(row)));
    this.count.textContent = `${grouped(this.found.length)} of ${grouped(this.rows.length)}`
      + (shown.length < this.found.length ? `, ${grouped(shown.length)} shown` : "");
    this.more.hidden = shown.length === this.found.length;
  }

  line(row) {
    const cells = this.columns.map((column, i) => {
      const value = row.values[i];
      const text = typeof value === "number" && !column.plain ? grouped(value) : String(value);
      const cell = element("td", { className: column.look || "" });
      if (column.kind) cell.append(element("span", { className: `swatch k-${value}` }));
      cell.append(text);
      return cell;
    });
    return element("tr", {}, ...cells);
  }
}

const number = (text) => (text === "" ? -1 : Number(text));
const plain = (title, key) => ({ title, value: (entry) => entry[key] ?? "" });
const amount = (title, key) => ({ title, value: (entry) => entry[key] ?? 0, look: "number" });
const small = (title, key) => ({ title, value: (entry) => entry[key] ?? "", look: "number", plain: true });
const sure = { title: "sure", value: (entry) => entry.confidence.toFixed(2), look: "number" };
const hex = (title, key) => ({ title, value: (entry) => entry[key] ?? "", look: "number", order: number });
const words = (title, key) => ({ title, value: (entry) => entry[key] ?? "", look: "text" });

// `+0x100`, and of a table how many follow at which distance.
const place = (key) => ({
  title: key === "offset" ? "offset" : key,
  value: (entry) => {
    const offset = entry[key];
    if (offset === undefined) return "";
    const behind = entry.space ? `[${entry.space}] ` : "+";
    const many = entry.elements > 1 && key === "offset" ? ` ×${entry.elements} by ${entry.stride ?? "?"}` : "";
    return offset.startsWith("0x") ? `${behind}${offset}${many}` : offset;
  },
  order: (text) => number((text.match(/0x[0-9a-f]+/) || [""])[0]),
});

const LISTS = {
  registers: ["regs", "registers", [
    plain("device", "device"), small("bar", "bar"), place("offset"), small("w", "width"),
    { ...plain("kind", "kind"), kind: true }, sure,
    amount("reads", "reads"), amount("writes", "writes"),
    small("values", "distinct"),
    hex("changed", "changed"), hex("first", "first"), hex("last", "last"), words("evidence", "evidence"),
  ]],
  patterns: ["patterns-data", "patterns", [
    plain("pattern", "kind"), plain("device", "device"), small("bar", "bar"), place("offset"), place("offset2"),
    hex("mask", "mask"), hex("value", "value"), amount("count", "count"), hex("first at (s)", "time"),
    sure, words("evidence", "evidence"),
  ]],
  pairs: ["pairs-data", "pairs", [
    plain("class", "class"), plain("device", "device"), small("bar", "bar"), place("write"), place("read"),
    plain("by", "answer"), amount("count", "count"), amount("writes", "writes"), amount("answers", "reads"),
    small("within", "within"), small("lift", "lift"),
    { title: "median µs", look: "number", value: (entry) => entry.latency_us?.median ?? "", order: number, plain: true },
    { title: "99 % µs", look: "number", value: (entry) => entry.latency_us?.p99 ?? "", order: number, plain: true },
    plain("value", "value_relation"), words("evidence", "evidence"),
  ]],
};

for (const [section, [id, key, columns]] of Object.entries(LISTS)) {
  new List(section, data(id)[key], columns);
}

// Pictures: what is told about a part, zoom and move.
const tip = document.getElementById("tip");

class Plot {
  constructor(figure, parts) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.times = parts.times;
    this.parts = parts.parts;
    const { width, height } = this.svg.viewBox.baseVal;
    this.whole = [0, 0, width, height];
    this.view = this.whole;
    figure.tabIndex = 0;
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => { tip.hidden = true; });
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("dblclick", (event) => this.zoom(event, 0.5));
    figure.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.look(this.whole);
    });
  }

  // Where in the picture an event is.
  place(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  point(event) {
    if (this.held) {
      this.move(event);
      return;
    }
    const { x, y } = this.place(event);
    const text = this.told(x, y);
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 18;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below}px`;
  }

  told(x, y) {
    const part = this.parts.findLast(([left, top, w, h]) => x >= left && x < left + w && y >= top && y < top + h);
    if (!part) return "";
    const [left, , , , text, series = []] = part;
    const counts = series.map(([name, step, runs]) => `${grouped(countAt(runs, Math.floor((x - left) / step)))} ${name}`);
    return [text, ...counts, this.time(x)].filter(Boolean).join(" · ");
  }

  // The time of a column, with the decimals that it can tell.
  time(x) {
    const span = this.times.find(([x0, x1]) => x >= x0 && x < x1);
    if (!span) return "";
    const [x0, x1, from, to] = span;
    const column = (to - from) / (x1 - x0);
    const decimals = column > 0 ? Math.min(9, Math.max(0, Math.ceil(-Math.log10(column)))) : 9;
    return `at ${(from + (Math.floor(x) - x0) * column).toFixed(decimals)} s`;
  }

  wheel(event) {
    const asked = document.activeElement === this.figure || event.ctrlKey;
    if (!asked || (event.deltaY > 0 && this.view[2] >= this.whole[2])) return;
    event.preventDefault();
    this.zoom(event, event.deltaY < 0 ? 0.8 : 1.25);
  }

  zoom(event, factor) {
    const { x, y } = this.place(event);
    const [left, top, w, h] = this.view;
    const part = Math.min(Math.max(w * factor, this.whole[2] / 64), this.whole[2]) / w;
    this.look([x - (x - left) * part, y - (y - top) * part, w * part, h * part]);
  }

  grab(event) {
    this.figure.focus();
    this.held = { from: this.place(event), view: this.view };
    const drop = () => {
      this.held = undefined;
      removeEventListener("pointerup", drop);
    };
    addEventListener("pointerup", drop);
  }

  move(event) {
    const { x, y } = this.place(event);
    const [left, top, w, h] = this.view;
    this.look([left + this.held.from.x - x, top + this.held.from.y - y, w, h]);
  }

  // Nothing beyond the picture is shown.
  look([left, top, w, h]) {
    const [, , width, height] = this.whole;
    this.view = [Math.min(Math.max(left, 0), width - w), Math.min(Math.max(top, 0), height - h), w, h];
    this.svg.setAttribute("viewBox", this.view.join(" "));
    this.figure.classList.toggle("zoomed", w < width);
  }
}

// Counts are pairs of a number and how many columns have it.
function countAt(runs, column) {
  for (let i = 0; i < runs.length; i += 2) {
    column -= runs[i + 1];
    if (column < 0) return runs[i];
  }
  return 0;
}

document.querySelectorAll("figure.plot").forEach((figure, i) => new Plot(figure, data(`plot-${i}`)));
