"use strict";

// Runs in a copy of a report, as a reader of it would use it, and leaves what was found in the title.
const failures = [];
let checks = 0;

function check(what, holds) {
  checks += 1;
  if (!holds) failures.push(what);
}

const list = (section) => {
  const host = document.getElementById(section);
  const rows = () => [...host.querySelectorAll("tbody tr")];
  const column = (title) => {
    const heads = [...host.querySelectorAll("th button")];
    return heads.findIndex((head) => head.textContent === title);
  };
  return {
    host,
    rows,
    cells: (title) => rows().map((row) => row.cells[column(title)].textContent),
    sort: (title) => host.querySelectorAll("th button")[column(title)].click(),
    search: (words) => {
      const input = host.querySelector("input");
      input.value = words;
      input.dispatchEvent(new Event("input"));
    },
    count: () => host.querySelector(".tools span").textContent,
  };
};

const plainNumber = (text) => Number(text.replaceAll(",", ""));
const rises = (numbers) => numbers.every((n, i) => i === 0 || numbers[i - 1] <= n);

function checkLists() {
  for (const [section, id, key] of [["registers", "regs", "registers"], ["patterns", "patterns-data", "patterns"],
    ["pairs", "pairs-data", "pairs"]]) {
    const entries = JSON.parse(document.getElementById(id).textContent)[key];
    const shown = list(section).rows().length;
    check(`${section}: ${shown} of ${entries.length} rows`, shown === Math.min(200, entries.length));
  }
}

function checkSearch() {
  const registers = list("registers");
  const all = registers.rows().length;
  const kind = registers.cells("kind")[0];
  registers.search(`${kind.toUpperCase()} +0x`);
  check(`only ${kind} is found`, registers.rows().length > 0 && registers.cells("kind").every((k) => k === kind));
  check(`the count is that of the rows: ${registers.count()}`, plainNumber(registers.count().split(" ")[0]) >= registers.rows().length);
  registers.search("no such register");
  check("what is not there is not found", registers.rows().length === 0);
  registers.search("");
  check("without words all are there", registers.rows().length === all);
}

function checkSort() {
  const registers = list("registers");
  registers.sort("reads");
  const down = registers.cells("reads").map(plainNumber);
  const most = Math.max(...JSON.parse(document.getElementById("regs").textContent).registers.map((e) => e.reads));
  check("most reads first", rises([...down].reverse()) && down[0] === most);
  registers.sort("reads");
  check("fewest reads first", rises(registers.cells("reads").map(plainNumber)));
  registers.sort("offset");
  const offsets = registers.cells("offset").map((text) => Number(text.match(/0x[0-9a-f]+/)[0]));
  check("offsets are sorted as numbers", rises(offsets));
  registers.sort("evidence");
  const evidence = registers.cells("evidence");
  check("texts are sorted as texts", evidence.every((text, i) => i === 0 || evidence[i - 1] <= text));
  check("one column is marked", registers.host.querySelectorAll("th[aria-sort]").length === 1);
}

function checkMore() {
  const registers = list("registers");
  const more = registers.host.lastElementChild;
  const before = registers.rows().length;
  if (!more.hidden) {
    more.click();
    check("more rows are shown", registers.rows().length > before);
  }
}

// What is told in the middle of a part of a picture.
function told(figure, part) {
  const svg = figure.querySelector("svg");
  const [x, y, w, h] = part;
  const at = new DOMPoint(x + Math.floor(w / 2) + 0.5, y + h / 2).matrixTransform(svg.getScreenCTM());
  const event = new PointerEvent("pointermove", { clientX: at.x, clientY: at.y, bubbles: true });
  svg.dispatchEvent(event);
  const tip = document.getElementById("tip");
  return tip.hidden ? "" : tip.textContent;
}

function checkPlots() {
  const figures = [...document.querySelectorAll("figure.plot")];
  check("there are pictures", figures.length >= 5);
  figures.forEach((figure, i) => {
    const { parts, times } = JSON.parse(document.getElementById(`plot-${i}`).textContent);
    if (parts.length === 0) return;
    const last = parts[parts.length - 1];
    const text = told(figure, last);
    check(`${figure.id} tells "${text}" where it has "${last[4]}"`, text.startsWith(last[4]));
    const counted = parts.find((part) => part[5]);
    if (counted && times.length > 0) {
      const heard = told(figure, [times[0][0], counted[1], 1, counted[3]]);
      check(`${figure.id} tells a time: ${heard}`, / s$/.test(heard));
    }
    checkZoom(figure);
  });
}

function checkZoom(figure) {
  const svg = figure.querySelector("svg");
  const whole = svg.getAttribute("viewBox");
  const box = svg.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 3, clientY: box.top + box.height / 3, bubbles: true, cancelable: true };
  figure.focus();
  svg.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: -100 }));
  const [left, , width] = svg.getAttribute("viewBox").split(" ").map(Number);
  check(`${figure.id} is larger`, width < Number(whole.split(" ")[2]));
  svg.dispatchEvent(new PointerEvent("pointerdown", at));
  svg.dispatchEvent(new PointerEvent("pointermove", { ...at, clientX: at.clientX + 20 }));
  dispatchEvent(new PointerEvent("pointerup", at));
  const moved = Number(svg.getAttribute("viewBox").split(" ")[0]);
  check(`${figure.id} is moved`, moved < left && moved >= 0);
  figure.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  check(`${figure.id} is whole again`, svg.getAttribute("viewBox") === whole);
}

function checkTheme() {
  const colors = () => [getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector("figure path")).fill, getComputedStyle(document.querySelector("figure path")).stroke].join();
  const before = colors();
  document.getElementById("theme").click();
  const other = colors();
  document.getElementById("theme").click();
  check(`page and pictures have two themes: ${before}, ${other}`, before !== other && colors() === before);
}

function checkAlone() {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  check(`nothing else is loaded: ${loaded}`, loaded.length === 0);
  check("no text became markup", document.querySelectorAll("img, iframe, object, link").length === 0 && !window.hit);
}

try {
  [checkLists, checkSearch, checkSort, checkMore, checkPlots, checkTheme, checkAlone].forEach((run) => run());
} catch (error) {
  failures.push(`${error}`);
}
document.title = failures.length === 0 ? `ok ${checks} checks` : `FAILED ${failures.join("; ")}`;
