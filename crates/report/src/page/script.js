// The table of the page: filters, sorting, details, comparison of two rows, download. Its whole state is in the address.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const ROWS_AT_ONCE = 50;

  // ---- Elements and numbers ------------------------------------------------------------------------------------------------------

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  const MISSING = "–";
  const fixed = (value, digits) => (value === null || value === undefined ? MISSING : value.toFixed(digits));
  const accuracy = (value) => fixed(value, 4);
  const signed = (value) => (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(4);
  const count = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  const counted = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

  function digits3(value) {
    const whole = Math.max(1, Math.floor(Math.log10(value)) + 1);
    return value.toFixed(Math.max(0, 3 - whole));
  }

  function duration(seconds, zeroIsRounded = false) {
    if (seconds === null || seconds === undefined) return MISSING;
    if (seconds === 0 && zeroIsRounded) return "< 1 µs";
    if (seconds < 0.5e-9) return "0 s";
    if (seconds < 999.5e-9) return `${digits3(seconds * 1e9)} ns`;
    if (seconds < 999.5e-6) return `${digits3(seconds * 1e6)} µs`;
    if (seconds < 0.9995) return `${digits3(seconds * 1e3)} ms`;
    if (seconds < 59.95) return `${digits3(seconds)} s`;
    const whole = Math.round(seconds);
    if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
    const minutes = Math.round(seconds / 60);
    return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
  }

  const ratio = (value) => (value >= 99.5 ? value.toFixed(0) : value >= 9.95 ? value.toFixed(1) : value.toFixed(2));

  // ---- Rows ----------------------------------------------------------------------------------------------------------------------

  data.datasets.forEach((dataset, at) => {
    dataset.lines.forEach((line, place) => {
      line.dataset = at;
      line.place = place;
      line.kindName = data.kinds[line.kind] ?? "";
      line.paramsText = line.params.map(([key, value]) => `${key}=${value}`).join("; ");
      line.isFull = line.rank !== null;
      line.machines = [...new Set([...Object.keys(line.times), ...line.repeats.map((own) => own.machine)])].filter(Boolean).sort();
      line.words = [line.classifier, line.paramsText, line.engine, line.preprocessing, line.kindName].join(" ").toLowerCase();
      line.key = [line.classifier, line.paramsText, line.engine, line.preprocessing, line.n_train, line.n_test].join("\n");
    });
  });
  // Whether the ranked points are those on all rows.
  const isWhole = data.datasets.every((dataset) => dataset.is_whole);
  const hasClaims = data.datasets.some((dataset) => dataset.lines.some((line) => line.claimed !== null));
  const lineOf = new Map(data.datasets.flatMap((dataset) => dataset.lines.map((line) => [line.id, line])));
  const BOTH = "side-by-side";
  const canBoth = data.datasets.length > 1;

  function rowsOf(view) {
    if (view !== BOTH) {
      const dataset = data.datasets.find((own) => own.name === view);
      return dataset.lines.map((line) => ({ id: line.id, lines: [line] }));
    }
    const rows = new Map();
    data.datasets.slice(0, 2).forEach((dataset, at) => {
      for (const line of dataset.lines) {
        const row = rows.get(line.key) ?? { id: line.id, lines: [undefined, undefined] };
        row.lines[at] = line;
        rows.set(line.key, row);
      }
    });
    return [...rows.values()];
  }

  const main = (row) => row.lines[0] ?? row.lines[1];

  // ---- State and address ---------------------------------------------------------------------------------------------------------

  // What a line has of each: one value, or several.
  const FILTERS = {
    family: (line) => line.classifier,
    kind: (line) => line.kindName,
    engine: (line) => line.engine,
    preprocessing: (line) => line.preprocessing,
    on: (line) => line.machines,
  };
  const machines = Object.keys(data.machines);

  function fresh() {
    return {
      view: data.datasets[0]?.name ?? "",
      sort: [["accuracy", -1]],
      q: "",
      family: new Set(), kind: new Set(), engine: new Set(), preprocessing: new Set(), on: new Set(),
      machine: data.machine ?? machines[0] ?? "",
      all: false,
      cols: null,
      open: new Set(),
      pick: [],
    };
  }

  let state = fresh();

  function write() {
    const base = fresh();
    const parts = new URLSearchParams();
    if (state.view !== base.view) parts.set("view", state.view);
    const sort = state.sort.map(([key, sign]) => (sign < 0 ? "-" : "") + key).join(",");
    if (sort !== "-accuracy") parts.set("sort", sort);
    if (state.q) parts.set("q", state.q);
    for (const name of Object.keys(FILTERS)) for (const value of state[name]) parts.append(name, value);
    if (state.machine !== base.machine) parts.set("machine", state.machine);
    if (state.all) parts.set("all", "1");
    if (state.cols) parts.set("cols", [...state.cols].join(","));
    for (const id of state.open) parts.append("open", id);
    for (const id of state.pick) parts.append("pick", id);
    const text = parts.toString();
    const address = text ? `#${text}` : location.pathname + location.search;
    history.replaceState(null, "", address);
  }

  function read() {
    state = fresh();
    const parts = new URLSearchParams(location.hash.slice(1));
    const view = parts.get("view");
    if (data.datasets.some((own) => own.name === view) || (view === BOTH && canBoth)) state.view = view;
    const known = new Set(COLUMNS.flatMap((own) => [own.key, `${own.key}.0`, `${own.key}.1`]));
    const sort = (parts.get("sort") ?? "").split(",").filter(Boolean).map((word) => (word.startsWith("-") ? [word.slice(1), -1] : [word, 1]));
    const usable = sort.filter(([key]) => known.has(key));
    if (usable.length) state.sort = usable;
    state.q = parts.get("q") ?? "";
    for (const name of Object.keys(FILTERS)) state[name] = new Set(parts.getAll(name));
    if (machines.includes(parts.get("machine"))) state.machine = parts.get("machine");
    state.all = parts.get("all") === "1";
    if (parts.has("cols")) state.cols = new Set(parts.get("cols").split(",").filter((key) => known.has(key)));
    state.open = new Set(parts.getAll("open").filter((id) => lineOf.has(id)));
    state.pick = parts.getAll("pick").filter((id) => lineOf.has(id)).slice(0, 2);
  }

  // ---- Columns -------------------------------------------------------------------------------------------------------------------

  const times = (line) => line.times[state.machine];
  const timed = (key) => (line) => times(line)?.[key] ?? null;
  const timeText = (key) => (line) => {
    const own = times(line);
    if (!own || own[key] === null) return MISSING;
    return duration(own[key], own.zero_is_rounded) + (own.shared_machine ? " *" : "");
  };

  const COLUMNS = [
    { key: "rank", title: "Rank", number: true, each: true, shown: true, first: 1, value: (line) => line.tier?.[1] ?? line.rank,
      text: (line) => (line.rank === null ? MISSING : line.tier && line.tier[1] !== line.tier[2] ? `${line.tier[1]}–${line.tier[2]}` : String(line.tier?.[1] ?? line.rank)) },
    { key: "classifier", title: "Classifier", shown: true, first: 1, head: true, value: (line) => line.classifier },
    { key: "parameters", title: "Parameters", shown: true, first: 1, value: (line) => line.paramsText },
    { key: "engine", title: "Engine", shown: true, first: 1, value: (line) => line.engine },
    { key: "preprocessing", title: "Preprocessing", shown: true, first: 1, value: (line) => line.preprocessing },
    { key: "kind", title: "Kind", first: 1, value: (line) => line.kindName },
    { key: "accuracy", title: "Accuracy", number: true, each: true, shown: true, value: (line) => line.accuracy,
      text: (line) => accuracy(line.accuracy) + (line.std === null ? "" : ` ± ${accuracy(line.std)}`) + (line.not_converged ? " †" : "") },
    { key: "interval", title: "95 % interval", number: true, each: true, shown: true, value: (line) => line.low,
      text: (line) => `${accuracy(line.low)} to ${accuracy(line.high)}` },
    { key: "macro_f1", title: "Macro-F1", number: true, each: true, value: (line) => line.macro_f1, text: (line) => accuracy(line.macro_f1) },
    { key: "fit", title: "Fit", number: true, each: true, shown: true, first: 1, value: timed("fit_s"), text: timeText("fit_s") },
    { key: "predict", title: "Predict", number: true, each: true, shown: true, first: 1, value: timed("predict_s"), text: timeText("predict_s") },
    { key: "cpu", title: "CPU time", number: true, each: true, first: 1, value: timed("cpu_s"), text: timeText("cpu_s") },
    { key: "features", title: "Features", number: true, each: true, first: 1, value: timed("transform_s"), text: timeText("transform_s") },
    { key: "memory", title: "Memory", number: true, each: true, first: 1, value: timed("peak_rss_mib"),
      text: (line) => (timed("peak_rss_mib")(line) === null ? MISSING : `${count(Math.round(timed("peak_rss_mib")(line)))} MiB`) },
    { key: "threads", title: "Threads", number: true, each: true, shown: true, first: 1, value: timed("threads"), text: (line) => String(timed("threads")(line) ?? MISSING) },
    { key: "rows", title: "Training rows", number: true, value: (line) => line.n_train, text: (line) => count(line.n_train) },
    { key: "repeats", title: "Repeats", number: true, each: true, value: (line) => line.n, text: (line) => String(line.n) },
    { key: "machine", title: "Machines", first: 1, each: true, value: (line) => line.machines.join(", ") },
    { key: "claimed", title: "Paper (2017)", number: true, each: true, shown: hasClaims, value: (line) => line.claimed, text: (line) => fixed(line.claimed, 3) },
  ];

  const EARLY = ["rank", "accuracy", "classifier", "fit"];
  const EARLY_OF_BOTH = ["classifier", "accuracy", "rank", "fit"];

  // Side by side has each of them twice, so it starts without the wide ones.
  const WIDE = ["interval", "predict", "threads"];
  const isShown = (own) => (state.cols ? state.cols.has(own.key) : own.shown && !(state.view === BOTH && WIDE.includes(own.key)));

  // The columns of a view: those that differ by dataset are there once for each.
  function columnsOf(view) {
    const chosen = COLUMNS.filter(isShown);
    // On a phone the first columns are all that can be seen without scrolling.
    if (matchMedia("(max-width: 40rem)").matches) {
      const early = view === BOTH ? EARLY_OF_BOTH : EARLY;
      const place = (own) => (early.includes(own.key) ? early.indexOf(own.key) : early.length);
      chosen.sort((one, other) => place(one) - place(other));
    }
    const single = (own, at, name) => ({
      ...own,
      id: name ? `${own.key}.${at}` : own.key,
      title: name ? `${own.title}, ${name}` : own.title,
      isTwice: name !== "",
      of: (row) => (own.each ? row.lines[at] : main(row)),
    });
    if (view !== BOTH) return chosen.map((own) => single(own, 0, ""));
    const names = data.datasets.slice(0, 2).map((own) => own.name);
    return chosen.flatMap((own) => (own.each ? names.map((name, at) => single(own, at, name)) : [single(own, 0, "")]));
  }

  const valueIn = (column, row) => {
    const line = column.of(row);
    return line === undefined ? null : column.value(line);
  };
  const textIn = (column, row, params) => {
    const line = column.of(row);
    if (line === undefined) return MISSING;
    if (column.key === "parameters") return params.text(line);
    if (column.key === "preprocessing") return params.preprocessing(line);
    return column.text ? column.text(line) : column.value(line);
  };

  // ---- Filtering and sorting -----------------------------------------------------------------------------------------------------

  function passes(line) {
    if (state.all && !line.isFull) return false;
    for (const [name, of] of Object.entries(FILTERS)) if (state[name].size && ![of(line)].flat().some((value) => state[name].has(value))) return false;
    return words.every((word) => line.words.includes(word));
  }

  let words = [];

  function sorted(rows, columns) {
    const keys = state.sort.map(([key, sign]) => {
      const column = columns.find((own) => own.id === key) ?? columns.find((own) => own.key === key.split(".")[0]) ?? allColumn(key);
      return column && [column, sign];
    }).filter(Boolean);
    const values = new Map(rows.map((row) => [row, keys.map(([column]) => valueIn(column, row))]));
    const compare = (a, b) => {
      const [left, right] = [values.get(a), values.get(b)];
      for (let at = 0; at < keys.length; at++) {
        const [x, y] = [left[at], right[at]];
        const [noX, noY] = [x === null || x === undefined || x === "", y === null || y === undefined || y === ""];
        if (noX || noY) {
          if (noX !== noY) return noX ? 1 : -1;
          continue;
        }
        const order = typeof x === "number" ? x - y : x < y ? -1 : x > y ? 1 : 0;
        if (order) return order * keys[at][1];
      }
      return main(a).place - main(b).place;
    };
    return rows.sort(compare);
  }

  // A column that is not shown may be sorted by.
  function allColumn(key) {
    const [name, at] = key.split(".");
    const own = COLUMNS.find((column) => column.key === name);
    return own && { ...own, of: (row) => (own.each ? row.lines[Number(at ?? 0)] : main(row)) };
  }

  // Where all rows are of one family, only the parameters that differ are in the column.
  function paramsOf(rows) {
    const lines = rows.map(main);
    const families = new Set(lines.map((line) => line.classifier));
    if (families.size !== 1 || lines.length < 2) return { text: (line) => line.paramsText || "defaults", common: "" };
    const common = lines[0].params.filter(([key, value]) => lines.every((line) => line.params.some(([k, v]) => k === key && v === value)));
    const isCommon = new Set(common.map(([key]) => key));
    const text = (line) => line.params.filter(([key]) => !isCommon.has(key)).map(([key, value]) => `${key}=${value}`).join("; ") || "defaults";
    return { text, common: common.map(([key, value]) => `${key}=${value}`).join("; ") };
  }

  // Of preprocessings of one name, only the settings that differ among the rows are in the column; the details have all.
  function preprocessingsOf(rows) {
    const parts = (text) => {
      const [, name, inside, after] = /^([^(,]+)(?:\((.*?)\))?(.*)$/.exec(text) ?? [null, text, "", ""];
      return { name, after, settings: inside ? inside.split(/,\s*/) : [] };
    };
    const names = new Map();
    for (const row of rows) {
      const { name, settings } = parts(main(row).preprocessing);
      if (!names.has(name)) names.set(name, []);
      names.get(name).push(new Set(settings));
    }
    const shown = new Map();
    return (line) => {
      const text = line.preprocessing;
      if (!shown.has(text)) {
        const { name, settings, after } = parts(text);
        const others = names.get(name) ?? [];
        const own = settings.filter((setting) => !setting.includes("=") || !others.every((other) => other.has(setting)));
        shown.set(text, name + (own.length ? `(${own.join(", ")})` : "") + after);
      }
      return shown.get(text);
    };
  }

  // ---- The table -----------------------------------------------------------------------------------------------------------------

  let visible = ROWS_AT_ONCE;
  let current = { rows: [], columns: [], params: { text: (line) => line.paramsText, common: "" } };

  function sortBy(key, isFurther) {
    const at = state.sort.findIndex(([own]) => own === key);
    const first = COLUMNS.find((own) => own.key === key.split(".")[0])?.first ?? -1;
    if (isFurther) {
      if (at < 0) state.sort.push([key, first]);
      else if (state.sort[at][1] === first) state.sort[at][1] = -first;
      else if (state.sort.length > 1) state.sort.splice(at, 1);
      else state.sort[at][1] = first;
    } else {
      const sign = state.sort.length === 1 && at === 0 ? -state.sort[0][1] : first;
      state.sort = [[key, sign]];
    }
    update();
  }

  // A name of several words in one, which may be broken between them where the table is narrow.
  const breakable = (name) => name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((word, at) => (at ? [element("wbr"), word] : [word]));

  function header(columns) {
    const cells = columns.map((column) => {
      const at = state.sort.findIndex(([key]) => key === column.id || (column.id === `${column.key}.0` && key === column.key));
      const sign = at < 0 ? 0 : state.sort[at][1];
      const arrow = sign ? (sign > 0 ? "▲" : "▼") + (state.sort.length > 1 ? String(at + 1) : "") : "";
      const button = element("button", {
        type: "button",
        "data-sort": column.id,
        title: "Sort; with shift as a further key",
        onclick: (event) => sortBy(column.id, event.shiftKey),
        onkeydown: (event) => {
          if (event.shiftKey && (event.key === "Enter" || event.key === " ")) {
            event.preventDefault();
            sortBy(column.id, true);
          }
        },
      }, column.title, element("span", { class: "order", "aria-hidden": "true" }, ` ${arrow}`));
      return element("th", {
        scope: "col",
        class: [column.number ? "number" : "", column.isTwice ? "twice" : ""].join(" ").trim() || null,
        "aria-sort": sign ? (sign > 0 ? "ascending" : "descending") : "none",
      }, button);
    });
    return element("tr", {}, element("th", { scope: "col", class: "tools" }, "Row"), ...cells);
  }

  function body(row, columns, params) {
    const cells = columns.map((column) => {
      const text = textIn(column, row, params);
      const name = column.head ? "th" : "td";
      const parts = column.head ? breakable(text) : [text];
      return element(name, { scope: column.head ? "row" : null, class: column.number ? "number" : "text" }, ...parts);
    });
    const isOpen = state.open.has(row.id);
    const isPicked = state.pick.includes(row.id);
    const label = `${main(row).classifier}, ${main(row).paramsText || "defaults"}, ${main(row).engine}`;
    const tools = element("td", { class: "tools" },
      element("button", {
        type: "button", "data-open": row.id, "aria-expanded": String(isOpen), "aria-label": `Details of ${label}`, title: "Details",
        onclick: () => { toggle(state.open, row.id); update(); },
      }, isOpen ? "−" : "+"),
      " ",
      element("input", {
        type: "checkbox", "data-pick": row.id, "aria-label": `Compare ${label}`, title: "Select two rows to compare them", checked: isPicked,
        onchange: () => { pick(row.id); },
      }));
    const made = [element("tr", { class: isPicked ? "picked" : null, "data-id": row.id }, tools, ...cells)];
    if (isOpen) {
      const parts = row.lines.filter(Boolean).map((line) => detail(line, row.lines.filter(Boolean).length > 1));
      made.push(element("tr", { class: "open" }, element("td", { colspan: columns.length + 1 }, ...parts)));
    }
    return made;
  }

  const toggle = (set, value) => (set.has(value) ? set.delete(value) : set.add(value));

  function pick(id) {
    if (state.pick.includes(id)) state.pick = state.pick.filter((own) => own !== id);
    else state.pick = [...state.pick, id].slice(-2);
    update();
  }

  // ---- A row's details -----------------------------------------------------------------------------------------------------------

  const className = (dataset, label) => data.datasets[dataset].classes[label] || String(label);

  function simpleTable(caption, titles, rows) {
    const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
    const lines = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", { class: typeof cell === "number" ? "number" : null }, String(cell)))));
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...lines)));
  }

  function detail(line, isNamed) {
    const dataset = data.datasets[line.dataset];
    const parts = [];
    const about = [`Trained on ${count(line.n_train)} rows of ${dataset.name}, tested on ${count(line.n_test)}. Preprocessing: ${line.preprocessing}.`];
    if (line.tier && line.tier[1] !== line.tier[2]) about.push(`It shares the ranks ${line.tier[1]} to ${line.tier[2]} with points that the test does not tell from their best.`);
    if (line.claimed !== null) about.push(`The paper of 2017 printed ${fixed(line.claimed, 3)} for this point; here it is ${accuracy(line.accuracy)}.`);
    const warnings = line.warnings.map((text) => element("li", {}, text));
    parts.push(element("div", {},
      isNamed ? element("h3", {}, dataset.name) : null,
      element("p", {}, about.join(" ")),
      warnings.length ? element("h3", {}, "Warnings") : null,
      warnings.length ? element("ul", {}, ...warnings) : null,
      element("h3", {}, "Train it again"),
      element("pre", {}, line.command)));
    parts.push(simpleTable(`Fits of ${line.classifier} on ${dataset.name}`, ["Repeat", "Seed", "Accuracy", "Fit", "Predict", "Threads", "Beside it", "Machine", "Revision", "Started"],
      line.repeats.map((own) => [own.repeat, own.seed, accuracy(own.accuracy), duration(own.fit_s), duration(own.predict_s), own.threads ?? MISSING,
        own.concurrent > 1 ? counted(own.concurrent - 1, "other cell") : "nothing", own.machine || MISSING, own.revision || MISSING, own.started_at])));
    if (line.confusion) parts.push(matrix(line, dataset));
    if (line.confused.length) {
      parts.push(simpleTable("Confused most often", ["True class", "Taken for", "Rows"],
        line.confused.map(([truth, label, n]) => [className(line.dataset, truth), className(line.dataset, label), n])));
    }
    return element("div", { class: "detail" }, ...parts);
  }

  function matrix(line, dataset) {
    const sums = line.confusion.map((row) => row.reduce((a, b) => a + b, 0));
    const largest = Math.max(1, ...line.confusion.flatMap((row, truth) => row.filter((_, label) => label !== truth)));
    const head = element("tr", {}, element("th", { scope: "col" }, "True \\ predicted"),
      ...line.confusion.map((_, label) => element("th", { scope: "col", class: "column" }, className(line.dataset, label))),
      element("th", { scope: "col" }, "Recall"));
    const rows = line.confusion.map((row, truth) => element("tr", {},
      element("th", { scope: "row" }, className(line.dataset, truth)),
      ...row.map((n, label) => {
        const share = truth === label ? 0 : (n / largest) * 45;
        const shade = share ? `background: color-mix(in srgb, var(--s1) ${share.toFixed(0)}%, var(--ground))` : null;
        return element("td", { class: truth === label ? "right" : null, style: shade }, n ? count(n) : "·");
      }),
      element("td", {}, sums[truth] ? (row[truth] / sums[truth]).toFixed(4) : MISSING)));
    const caption = `Confusion matrix on ${dataset.name}, repeat ${line.correct?.[1] ?? 0}: rows of each true class by predicted class`;
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element("table", { class: "matrix" }, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...rows)));
  }

  // ---- Comparison of two rows ----------------------------------------------------------------------------------------------------

  function bits(line) {
    return Uint8Array.from(atob(line.correct[0]), (letter) => letter.charCodeAt(0));
  }

  function ones(byte) {
    let n = 0;
    for (let rest = byte; rest; rest &= rest - 1) n++;
    return n;
  }

  function discordant(a, b) {
    const [first, second] = [bits(a), bits(b)];
    let [onlyA, onlyB] = [0, 0];
    first.forEach((byte, at) => {
      onlyA += ones(byte & ~second[at]);
      onlyB += ones(second[at] & ~byte);
    });
    return [onlyA, onlyB];
  }

  // McNemar's mid-p test, as in the statistics of `report`.
  function midP(b, c) {
    const [n, k] = [b + c, Math.min(b, c)];
    if (n === 0) return 1;
    let log = -n * Math.LN2;
    for (let at = 1; at <= k; at++) log += Math.log((n - k + at) / at);
    const exactly = Math.exp(log);
    if (b === c) return 1 - exactly / 2;
    let [term, atMost] = [exactly, exactly];
    for (let at = k; at > 0 && term > atMost * 1e-17; at--) {
      term *= at / (n - at + 1);
      atMost += term;
    }
    return Math.min(1, 2 * atMost - exactly);
  }

  // The interval of Bonett and Price.
  function interval(b, c, n) {
    const [first, second] = [(b + 1) / (n + 2), (c + 1) / (n + 2)];
    const half = 1.959963984540054 * Math.sqrt((first + second - (first - second) ** 2) / (n + 2));
    return [first - second - half, first - second + half];
  }

  const title = (line) => `${line.classifier} (${line.paramsText || "defaults"}), ${line.engine}, ${line.preprocessing}`;

  function comparison(a, b) {
    const lines = [];
    lines.push(`Accuracy ${accuracy(a.accuracy)} and ${accuracy(b.accuracy)}, difference ${signed(a.accuracy - b.accuracy)} of the means.`);
    if (a.correct && b.correct && a.n_test === b.n_test) {
      const [onlyA, onlyB] = discordant(a, b);
      const [low, high] = interval(onlyA, onlyB, a.n_test);
      const p = midP(onlyA, onlyB);
      lines.push(`One fit of each on the same ${count(a.n_test)} test rows: A alone is right on ${count(onlyA)}, B alone on ${count(onlyB)}. ` +
        `Paired difference ${signed((onlyA - onlyB) / a.n_test)}, 95 % interval ${signed(low)} to ${signed(high)}; ` +
        `McNemar's mid-p ${p < 0.0001 ? "below 0.0001" : `= ${p.toFixed(4)}`}: ${p > 0.05 ? "a tie at 5 %" : "a difference at 5 %"}.`);
    } else {
      lines.push("The predictions of one of them are not known for the same test rows, so there is no paired test.");
    }
    const [left, right] = [times(a), times(b)];
    if (left && right && left.threads !== right.threads) {
      const [own, other] = [left, right].map(({ threads }) => (threads === null ? "an unknown number" : count(threads)));
      lines.push(`Times do not compare. Threads of a fit on machine ${state.machine}: ${own} for A, ${other} for B.`);
    } else if (left && right) {
      for (const [name, key] of [["Fit", "fit_s"], ["Predict", "predict_s"]]) {
        if (left[key] > 0 && right[key] > 0) {
          const isFirst = left[key] <= right[key];
          const factor = isFirst ? right[key] / left[key] : left[key] / right[key];
          lines.push(`${name}: ${duration(left[key])} and ${duration(right[key])} on machine ${state.machine}, ${isFirst ? "A" : "B"} is ${ratio(factor)} times as fast.`);
        }
      }
    } else {
      lines.push(`They have no times on one machine (${state.machine}).`);
    }
    return element("ul", {}, ...lines.map((text) => element("li", {}, text)));
  }

  function showComparison() {
    const place = byId("compare");
    place.replaceChildren();
    if (state.pick.length === 1) {
      place.append(element("p", {}, `Selected: ${title(lineOf.get(state.pick[0]))}. Select a second row to compare.`));
      return;
    }
    if (state.pick.length < 2) return;
    const [a, b] = state.pick.map((id) => lineOf.get(id));
    place.append(element("h3", {}, "Two rows compared"),
      element("p", {}, "A: ", title(a), element("br"), "B: ", title(b)));
    const pairs = [];
    data.datasets.forEach((dataset, at) => {
      if (state.view !== BOTH && dataset.name !== state.view) return;
      const [own, other] = [a, b].map((line) => dataset.lines.find((candidate) => candidate.key === line.key));
      if (own && other) pairs.push([dataset.name, own, other]);
    });
    for (const [name, own, other] of pairs) place.append(element("h4", {}, name), comparison(own, other));
    if (!pairs.length) place.append(element("p", {}, "They are not of one dataset."));
    place.append(element("button", { type: "button", onclick: () => { state.pick = []; update(); } }, "Clear the selection"));
  }

  // ---- Charts follow the filters -------------------------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";

  let followed = null;

  function followFilters() {
    const filters = JSON.stringify([words, state.all, ...Object.keys(FILTERS).map((name) => [...state[name]])]);
    if (filters === followed) return;
    followed = filters;
    for (const svg of document.querySelectorAll("figure svg")) {
      const marks = [...svg.querySelectorAll(".mark[data-line]")];
      if (!marks.length) continue;
      const seen = [];
      for (const mark of marks) {
        const [dataset, place] = mark.dataset.line.split("-").map(Number);
        const isOn = passes(data.datasets[dataset].lines[place]);
        mark.classList.toggle("off", !isOn);
        if (isOn) seen.push([Number(mark.dataset.x), Number(mark.dataset.y), data.datasets[dataset].lines[place]]);
      }
      const front = svg.querySelector(".front");
      if (!front) continue;
      front.dataset.own ??= front.getAttribute("d");
      svg.querySelectorAll(".added").forEach((own) => own.remove());
      const isWhole = seen.length === marks.length;
      svg.querySelectorAll(".front-label").forEach((own) => { own.style.display = isWhole ? "" : "none"; });
      if (isWhole) {
        front.setAttribute("d", front.dataset.own);
        continue;
      }
      seen.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      let [d, lastY, lastLabel] = ["", Infinity, null];
      for (const [x, y, line] of seen) {
        if (y >= lastY) continue;
        d += d ? `L${x} ${lastY}L${x} ${y}` : `M${x} ${y}`;
        lastY = y;
        if (lastLabel && Math.abs(lastLabel[0] - x) < 120 && Math.abs(lastLabel[1] - y) < 16) continue;
        lastLabel = [x, y];
        const label = document.createElementNS(SVG, "text");
        label.setAttribute("class", "label added");
        label.setAttribute("x", x - 7);
        label.setAttribute("y", y - 6);
        label.setAttribute("text-anchor", x > 220 ? "end" : "start");
        label.textContent = line.classifier.replace(/Classifier$/, "");
        svg.append(label);
      }
      front.setAttribute("d", d || "M0 0");
    }
  }

  // ---- Download ------------------------------------------------------------------------------------------------------------------

  function download() {
    const field = (value) => {
      let text = value === null || value === undefined ? "" : String(value);
      // A spreadsheet would take these for formulas.
      if (/^\s*[=+\-@]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const titles = ["dataset", ...COLUMNS.map((own) => own.key), "interval_high", "std", "id"];
    const lines = current.rows.flatMap((row) => row.lines.filter(Boolean)).map((line) =>
      [data.datasets[line.dataset].name, ...COLUMNS.map((own) => own.value(line)), line.high, line.std, line.id].map(field).join(","));
    const blob = new Blob([[titles.join(","), ...lines].join("\n") + "\n"], { type: "text/csv" });
    const address = URL.createObjectURL(blob);
    element("a", { href: address, download: "hemline.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // ---- Controls ------------------------------------------------------------------------------------------------------------------

  function menu(name, label, values) {
    const boxes = values.map((value) => element("label", {},
      element("input", { type: "checkbox", value, checked: state[name].has(value), onchange: (event) => { event.target.checked ? state[name].add(value) : state[name].delete(value); visible = ROWS_AT_ONCE; update(); } }),
      ` ${value}`));
    const summary = element("summary", {}, label, state[name].size ? ` (${state[name].size})` : "");
    return element("details", { class: "menu", "data-menu": name }, summary, element("div", {}, ...boxes));
  }

  const distinct = (of) => [...new Set(data.datasets.flatMap((dataset) => dataset.lines.flatMap(of)))].filter(Boolean).sort();

  function controls() {
    const views = [...data.datasets.map((own) => own.name), ...(canBoth ? [BOTH] : [])];
    const option = (value, text, isOn) => element("option", { value, selected: isOn }, text);
    const view = element("select", { id: "view", onchange: (event) => { state.view = event.target.value; visible = ROWS_AT_ONCE; columnBoxes(); update(); } },
      ...views.map((name) => option(name, name === BOTH ? `${data.datasets[0].name} and ${data.datasets[1].name}, side by side` : name, name === state.view)));
    const search = element("input", { id: "search", type: "search", value: state.q, autocomplete: "off", oninput: (event) => { state.q = event.target.value; visible = ROWS_AT_ONCE; update(); } });
    const machine = element("select", { id: "machine", onchange: (event) => { state.machine = event.target.value; update(); } },
      ...machines.map((name) => option(name, data.machines[name] ? `${name}: ${data.machines[name]}` : name, name === state.machine)));
    const columns = COLUMNS.map((own) => element("label", {},
      element("input", { type: "checkbox", value: own.key, checked: isShown(own),
        onchange: (event) => {
          state.cols ??= new Set(COLUMNS.filter(isShown).map((column) => column.key));
          event.target.checked ? state.cols.add(own.key) : state.cols.delete(own.key);
          update();
        } }), ` ${own.title}`));
    const all = element("input", { id: "all", type: "checkbox", checked: state.all, onchange: (event) => { state.all = event.target.checked; update(); } });
    byId("controls").replaceChildren(...[
      element("label", {}, element("span", {}, "Dataset"), view),
      element("label", {}, element("span", {}, "Search"), search),
      menu("family", "Classifier", distinct(FILTERS.family)),
      menu("kind", "Kind", distinct(FILTERS.kind)),
      menu("engine", "Engine", distinct(FILTERS.engine)),
      menu("preprocessing", "Preprocessing", distinct(FILTERS.preprocessing)),
      machines.length > 1 ? menu("on", "Machine", distinct(FILTERS.on)) : null,
      machines.length ? element("label", {}, element("span", {}, "Times of machine"), machine) : null,
      element("label", {}, all, isWhole ? " all rows only" : " ranked points only"),
      element("details", { class: "menu", "data-menu": "columns" }, element("summary", {}, "Columns"), element("div", {}, ...columns)),
      element("button", { type: "button", id: "download", onclick: download }, "Download as CSV"),
      element("button", { type: "button", id: "reset", onclick: () => { state = fresh(); visible = ROWS_AT_ONCE; controls(); update(); } }, "Reset"),
    ].filter(Boolean));
    for (const own of document.querySelectorAll("details.menu")) {
      own.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { own.open = false; own.querySelector("summary").focus(); }
      });
    }
  }

  // The boxes of the columns of this view.
  function columnBoxes() {
    for (const box of document.querySelectorAll('[data-menu="columns"] input')) box.checked = isShown(COLUMNS.find((own) => own.key === box.value));
  }

  function summaries() {
    for (const own of document.querySelectorAll("details.menu[data-menu]")) {
      const name = own.dataset.menu;
      if (!FILTERS[name]) continue;
      const label = own.querySelector("summary");
      label.textContent = label.textContent.replace(/ \(\d+\)$/, "") + (state[name].size ? ` (${state[name].size})` : "");
    }
  }

  document.addEventListener("click", (event) => {
    for (const own of document.querySelectorAll("details.menu[open]")) if (!own.contains(event.target)) own.open = false;
  });

  // ---- Everything ----------------------------------------------------------------------------------------------------------------

  function focused() {
    const own = document.activeElement;
    for (const name of ["sort", "open", "pick"]) if (own?.dataset?.[name]) return `[data-${name}="${CSS.escape(own.dataset[name])}"]`;
    return null;
  }

  function update() {
    const focus = focused();
    words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const columns = columnsOf(state.view);
    const rows = sorted(rowsOf(state.view).filter((row) => row.lines.some((line) => line && passes(line))), columns);
    const params = { ...paramsOf(rows), preprocessing: preprocessingsOf(rows) };
    current = { rows, columns, params };
    byId("head").replaceChildren(header(columns));
    byId("rows").replaceChildren(...rows.slice(0, visible).flatMap((row) => body(row, columns, params)));
    const said = [counted(rows.length, "point")];
    const full = rows.filter((row) => main(row).isFull).length;
    if (full < rows.length) said.push(`${count(full)} of them ${isWhole ? "trained on all rows" : "ranked: the others have other numbers of rows"}`);
    if (params.common) said.push(`all of them have ${params.common}`);
    if (rows.length > visible) said.push(`the first ${count(visible)} are shown`);
    byId("status").textContent = said.join("; ") + ".";
    byId("more").hidden = rows.length <= visible;
    const others = machines.length > 1 ? ` Times of ${counted(machines.length, "machine")} are in the rows; those of different machines do not compare, so only those of ${state.machine} are shown.` : "";
    byId("times").textContent = machines.length ? `Times are means of fits on machine ${state.machine}${data.machines[state.machine] ? ` (${data.machines[state.machine]})` : ""}.${others}` : "The rows name no machine, so there are no times.";
    summaries();
    showComparison();
    followFilters();
    write();
    if (focus) document.querySelector(focus)?.focus();
  }

  byId("more").addEventListener("click", () => { visible += ROWS_AT_ONCE * 20; update(); });
  window.addEventListener("hashchange", () => {
    read();
    controls();
    update();
    const [opened] = state.open;
    if (opened) document.querySelector(`[data-id="${CSS.escape(opened)}"]`)?.scrollIntoView();
  });
  window.addEventListener("beforeprint", () => { if (visible < current.rows.length) { visible = current.rows.length; update(); } });

  const theme = byId("theme");
  theme.addEventListener("click", () => {
    const isDark = getComputedStyle(document.documentElement).getPropertyValue("--name").trim() === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
  });
  theme.hidden = false;

  if (data.datasets.length) {
    byId("board-live").hidden = false;
    read();
    controls();
    update();
  }
})();
