"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = Object.fromEntries(data.states);
  const $ = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const ROWS = 100;

  /* Small helpers: elements, times, numbers. */
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const iso = (minutes) => new Date(minutes * 60000).toISOString().replace(".000", "");
  const time = (minutes) => iso(minutes).slice(0, 16).replace("T", " ") + " UTC";
  const size = (bytes) => {
    const units = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
    const unit = units.find(([least]) => bytes >= least);
    return unit ? (bytes / unit[0]).toFixed(1) + " " + unit[1] : bytes + " B";
  };
  const unroll = (text) => text === "" ? [] : text.split(" ").flatMap((part) => {
    const [value, times] = part.split("*");
    return Array(Number(times || 1)).fill(Number(value));
  });
  const cells = (text) => [...text.matchAll(/([^\d])(\d*)/g)].map((part) => part[1].repeat(Number(part[2] || 1))).join("");
  const name = (cache) => cache.id.slice(cache.id.indexOf(":") + 1);

  for (const plan of data.plans) {
    plan.columns = plan.rows.length ? [plan.first] : [];
    for (const step of unroll(plan.steps)) plan.columns.push(plan.columns[plan.columns.length - 1] + step);
  }

  /* Slots: one path for each state of a row, so that thousands of cells are a few elements. */
  const shape = { g: [12, 8], k: [2, 18], r: [5, 15], s: [16, 4], m: [0, 20], f: [0, 20], l: [0, 20], c: [0, 20] };
  const draw = (text) => {
    const paths = {};
    for (const run of text.matchAll(/(.)\1*/g)) {
      const [top, height] = shape[run[1]] || [];
      if (height) paths[run[1]] = (paths[run[1]] || "") + `M${run.index * 10} ${top}h${run[0].length * 10}v${height}h-${run[0].length * 10}z`;
    }
    const all = Object.entries(paths).map(([state, d]) => svg("path", { class: "p-" + state, d }));
    return svg("svg", { viewBox: `0 0 ${text.length * 10} 20`, preserveAspectRatio: "none" }, ...all);
  };
  const summary = (text) => {
    const counts = {};
    for (const letter of text) counts[letter] = (counts[letter] || 0) + 1;
    return data.states.filter(([letter]) => counts[letter]).map(([letter, word]) => `${counts[letter]} ${word}`).join(", ");
  };
  const tell = (plan, row, column) => {
    const [place, , reasons] = row;
    const letter = row.cells[column];
    const why = reasons[column] === undefined ? "" : ": " + data.texts[reasons[column]];
    return `${name(data.caches[place])}, ${time(plan.columns[column])}: ${words[letter]}${why}`;
  };
  const interact = (drawn, plan, row, output) => {
    const cursor = svg("rect", { class: "cursor", y: 0, width: 10, height: 20, visibility: "hidden" });
    drawn.append(cursor);
    let at = row.cells.length - 1;
    const show = (column) => {
      at = Math.max(0, Math.min(row.cells.length - 1, column));
      cursor.setAttribute("x", at * 10);
      cursor.setAttribute("visibility", "visible");
      output.textContent = tell(plan, row, at);
    };
    const hide = () => cursor.setAttribute("visibility", "hidden");
    const bad = (step) => {
      let next = at + step;
      while (row.cells[next] && ".gk".includes(row.cells[next])) next += step;
      return row.cells[next] ? next : at;
    };
    const keys = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, Home: () => 0, End: () => row.cells.length - 1, PageUp: () => bad(-1), PageDown: () => bad(1) };
    drawn.addEventListener("focus", () => show(at));
    drawn.addEventListener("blur", hide);
    drawn.addEventListener("keydown", (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      show(keys[event.key]());
    });
    const point = (event) => {
      const box = drawn.getBoundingClientRect();
      show(Math.floor((event.clientX - box.left) / box.width * row.cells.length));
    };
    drawn.addEventListener("pointermove", point);
    drawn.addEventListener("pointerdown", point);
    drawn.addEventListener("pointerleave", () => document.activeElement === drawn || hide());
  };
  const rowOf = (plan, row, output) => {
    row.cells = row.cells || cells(row[1]);
    const cache = data.caches[row[0]];
    const drawn = draw(row.cells);
    drawn.setAttribute("tabindex", "0");
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", `${name(cache)} under plan ${plan.name}: ${summary(row.cells)}. Arrow keys read each slot.`);
    interact(drawn, plan, row, output);
    return make("div", { class: "row" }, make("a", { href: "#cache=" + cache.id }, name(cache)), drawn);
  };
  const calendar = (section, wanted) => {
    const plan = data.plans[section.dataset.plan];
    const grid = section.querySelector(".grid");
    const output = section.querySelector("output");
    const rows = plan.rows.filter((row) => wanted.has(row[0]));
    const add = (from, to) => grid.append(...rows.slice(from, to).map((row) => rowOf(plan, row, output)));
    grid.replaceChildren();
    output.textContent = "";
    add(0, ROWS);
    if (rows.length > ROWS) {
      const more = make("button", { type: "button", class: "more" }, `Show ${rows.length - ROWS} more caches`);
      more.addEventListener("click", () => { more.remove(); add(ROWS); });
      grid.append(more);
    }
    if (!rows.length) grid.append(make("p", { class: "faint" }, "No slots to show."));
    const details = section.querySelector("details");
    details.ontoggle = () => details.open && details.querySelector(".table").replaceChildren(slotTable(plan, rows));
    if (details.open) details.ontoggle();
  };
  const table = (label, head, body) => make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    make("table", {},
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...body.map(([first, ...others]) => make("tr", {}, make("th", { scope: "row" }, first), ...others.map((cell) => make("td", {}, cell)))))));
  const slotTable = (plan, rows) => {
    const states = data.states.filter(([letter]) => letter !== ".");
    const body = rows.slice(0, 5 * ROWS).map((row) => {
      row.cells = row.cells || cells(row[1]);
      const reasons = Object.keys(row[2]).map((column) => tell(plan, row, Number(column)).replace(/^[^,]*, /, ""));
      const some = reasons.slice(-10).join("; ") + (reasons.length > 10 ? `; and ${reasons.length - 10} before` : "");
      return [name(data.caches[row[0]]), ...states.map(([letter]) => String([...row.cells].filter((cell) => cell === letter).length)), some];
    });
    return table("Slots of plan " + plan.name, ["Cache", ...states.map(([, word]) => word), "Why"], body);
  };

  /* One cache. */
  const figure = (caption, drawn) => make("figure", {}, drawn, make("figcaption", {}, caption));
  const chart = (label, width, height, ...children) => {
    const drawn = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...children);
    return drawn;
  };
  const lineOf = (label, points) => {
    const [first, last] = [points[0][0], points[points.length - 1][0]];
    const top = Math.max(...points.map((point) => point[1]), 1);
    const x = (at) => 5 + 290 * (last === first ? 0.5 : (at - first) / (last - first));
    const y = (value) => 95 - 88 * value / top;
    const path = points.map(([at, value], place) => `${place ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const dots = points.map(([at, value]) => svg("circle", { cx: x(at), cy: y(value), r: 2.5 }));
    return chart(label, 300, 100, svg("path", { class: "line", d: path }), ...dots);
  };
  const quotaOf = ([node, limit, hours]) => {
    const counts = unroll(hours);
    const top = Math.max(limit, ...counts);
    const bars = counts.map((count, hour) => svg("rect", { x: hour * 10 + 1, width: 8, y: 100 - 95 * count / top, height: 95 * count / top }));
    const line = svg("line", { class: "limit", x1: 0, x2: 240, y1: 100 - 95 * limit / top, y2: 100 - 95 * limit / top });
    const said = `${node}: ${counts[23]} of ${limit} manual snapshots in 24 hours`;
    return figure(said + "; the line is the limit, a bar an hour", chart(said, 240, 100, ...bars, line));
  };
  const keepOf = (kept) => {
    const ends = kept.map((backup) => backup[3] || data.now + 396 * 1440);
    const [first, last] = [Math.min(...kept.map((backup) => backup[1])), Math.max(...ends)];
    const x = (at) => 300 * (at - first) / Math.max(1, last - first);
    const height = 100 / kept.length;
    const bars = kept.map((backup, place) => svg("rect", { x: x(backup[1]), width: Math.max(1, x(ends[place]) - x(backup[1])), y: place * height, height: height * 0.8 }));
    const now = svg("line", { class: "limit", x1: x(data.now), x2: x(data.now), y1: 0, y2: 100 });
    const label = `${kept.length} kept backups, each from its slot until it goes; the line is now`;
    return figure(`${label}. From ${time(first)} to ${time(last)}`, chart(label, 300, 100, ...bars, now));
  };
  const copyButton = (text, label) => {
    const button = make("button", { type: "button", class: "copy", "aria-label": label, title: text }, "Copy restore command");
    button.addEventListener("click", async () => {
      const done = await copy(text);
      button.textContent = done ? "Copied" : text;
      $("count").textContent = done ? "The command is copied." : "The command could not be copied.";
    });
    return button;
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = make("textarea", { "aria-hidden": "true" }, text);
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const places = (bits) => [[1, "ElastiCache"], [2, "bucket"], [4, "replica"]].filter(([bit]) => bits & bit).map(([, word]) => word).join(", ");
  const keptRow = (cache) => ([plan, slot, reasons, goes, held, bytes, keys, bits]) => {
    const id = `${cache.id}/${data.plans[plan].name}/${iso(slot)}`;
    return [time(slot), data.plans[plan].name, (held ? "held; " : "") + reasons.map((reason) => data.texts[reason]).join(", "),
      held ? "when it is released" : goes ? time(goes) : "in over a year, or never", places(bits), bytes === null ? "" : size(bytes), keys === null ? "" : String(keys),
      copyButton(`cachekeep restore ${id} --as ${name(cache)}-restored --wait`, `Copy the command that restores ${id}`)];
  };
  const detail = (cache) => {
    const close = make("a", { href: "#caches" }, "Close");
    const charts = make("div", { class: "charts" });
    const by = [...cache.kept].sort((a, b) => a[1] - b[1]);
    if (by.length) charts.append(keepOf(by));
    const [sized, counted] = [by.filter((backup) => backup[5] !== null), by.filter((backup) => backup[6] !== null)];
    if (sized.length) charts.append(figure(`Size of each kept backup, up to ${size(Math.max(...sized.map((backup) => backup[5])))}`, lineOf("Size of each kept backup", sized.map((backup) => [backup[1], backup[5]]))));
    if (counted.length) charts.append(figure(`Keys in each kept backup, up to ${Math.max(...counted.map((backup) => backup[6]))}`, lineOf("Keys in each kept backup", counted.map((backup) => [backup[1], backup[6]]))));
    charts.append(...(cache.quota || []).map(quotaOf));
    const head = ["Slot", "Plan", "Kept for", "Goes", "Where", "Size", "Keys", "Restore"];
    const kept = cache.kept.length ? table("Kept backups of " + name(cache), head, cache.kept.map(keptRow(cache))) : make("p", {}, "No backup is kept.");
    const title = make("h2", {}, name(cache) + " ");
    title.append(make("span", { class: "faint" }, cache.id));
    $("detail").replaceChildren(title, make("p", {}, close), charts, kept);
  };
  const follow = () => {
    const wanted = decodeURIComponent(location.hash).match(/^#cache=(.*)$/);
    const cache = wanted && data.caches.find((cache) => cache.id === wanted[1] || name(cache) === wanted[1]);
    $("detail").hidden = !wanted;
    if (!wanted) return;
    if (cache) detail(cache); else $("detail").replaceChildren(make("p", {}, `There is no cache ${wanted[1]} here. `, make("a", { href: "#caches" }, "Close")));
    $("detail").focus();
    $("detail").scrollIntoView();
  };

  /* Filter and sort. */
  const rows = [...document.querySelectorAll("#cache-table tbody tr")];
  const filter = () => {
    const text = $("filter").value.trim().toLowerCase();
    const wanted = new Set();
    let shown = 0;
    for (const row of rows) {
      const fits = row.textContent.toLowerCase().includes(text) && !($("attention").checked && row.querySelector("span.good"));
      row.hidden = !fits;
      if (fits) { shown += 1; wanted.add(Number(row.dataset.i)); }
    }
    $("count").textContent = `${shown} of ${rows.length} lines`;
    document.querySelectorAll(".calendar").forEach((section) => calendar(section, wanted));
  };
  const sort = (button) => {
    const column = Number(button.dataset.column);
    const head = button.parentElement;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.children) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.children[column].dataset.v;
    const text = (row) => row.children[column].textContent;
    const compare = (a, b) => value(a) === undefined ? text(a).localeCompare(text(b)) : value(a) - value(b);
    rows.sort((a, b) => (down ? -1 : 1) * compare(a, b));
    document.querySelector("#cache-table tbody").append(...rows);
  };
  $("filter").addEventListener("input", filter);
  $("attention").addEventListener("change", filter);
  document.querySelectorAll("#cache-table th button").forEach((button) => button.addEventListener("click", () => sort(button)));
  addEventListener("hashchange", follow);
  filter();
  follow();
})();
