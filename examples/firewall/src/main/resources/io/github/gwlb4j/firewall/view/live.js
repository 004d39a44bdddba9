"use strict";
(() => {
  const PERIOD_MS = 1000;
  const TIMEOUT_MS = 5000;
  const SVG = "http://www.w3.org/2000/svg";
  const CHARTS = [
    { id: "bits", format: bitsPerSecond, lines: [["in", "receivedBits", "In"], ["out", "forwardedBits", "Out"]] },
    { id: "packets", format: perSecond, lines: [["in", "receivedPackets", "In"], ["out", "forwardedPackets", "Out"], ["drop", "droppedPackets", "Dropped"]] },
    { id: "connections", format: perSecond, lines: [["conn", "openedConnections", "New"]] },
  ];
  const HISTORY = 600;
  const HEIGHT = 100;
  let isPaused = false;

  // Numbers for people: the same as class Amounts does, so that every view tells the same.
  function count(value) {
    return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function scaled(value, unit) {
    const power = Math.floor((String(value).length - 1) / 3);
    if (power === 0) {
      return value + (unit.startsWith("/") ? unit : " " + unit);
    }
    const whole = Math.floor(value / 1000 ** power);
    const decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    const cut = Math.floor(value / 1000 ** power * 10 ** decimals) / 10 ** decimals;
    return cut.toFixed(decimals) + " " + "kMGTPE"[power - 1] + unit;
  }

  function bytes(value) { return scaled(value, "B"); }
  function bitsPerSecond(value) { return scaled(value, "bit/s"); }
  function perSecond(value) { return scaled(value, "/s"); }

  function setText(node, text) {
    if (node.textContent !== text) {
      node.textContent = text;
    }
  }

  function set(key, text, title) {
    const node = document.querySelector('[data-key="' + key + '"]');
    setText(node, text);
    if (title !== undefined) {
      node.title = title;
    }
  }

  /** Cells are [text, options]; rows and cells are kept, so that a selection survives. */
  function fillTable(id, rows, empty) {
    const table = document.querySelector("#" + id + " table");
    const body = table.tBodies[0];
    const columns = [...table.tHead.rows[0].cells];
    while (body.rows.length > rows.length) {
      body.deleteRow(-1);
    }
    rows.forEach((cells, r) => {
      const row = body.rows[r] || body.insertRow();
      cells.forEach(([text, options = {}], c) => fillCell(row.cells[c] || row.insertCell(), columns[c], text, options));
    });
    let note = document.querySelector("#" + id + " .empty");
    if (!note) {
      note = document.createElement("p");
      note.className = "empty";
      table.after(note);
    }
    setText(note, rows.length ? "" : empty);
  }

  function fillCell(cell, column, text, { key = "", title = "", small = "", share, action = "" }) {
    cell.className = column.className + (share === undefined ? "" : " share") + (action ? " action " + action : "");
    if (key) {
      cell.dataset.key = key;
    }
    cell.title = title;
    if (share !== undefined) {
      cell.style.setProperty("--share", (100 * share).toFixed(1) + "%");
    }
    if (!cell.firstChild) {
      cell.append(document.createTextNode(""), document.createElement("small"));
    }
    if (cell.firstChild.data !== text) {
      cell.firstChild.data = text;
    }
    setText(cell.lastChild, small);
    cell.lastChild.hidden = !small;
  }

  function drawCharts(history) {
    for (const chart of CHARTS) {
      const figure = document.getElementById("chart-" + chart.id);
      const svg = figure.querySelector("svg") || createChart(figure, chart);
      const peak = Math.max(0, ...chart.lines.flatMap(([, series]) => history[series]));
      set("peak." + chart.id, chart.format(peak));
      for (const [color, series] of chart.lines) {
        const values = history[series];
        const points = values.map((value, i) => (HISTORY - values.length + i) + " " + (HEIGHT - HEIGHT * value / (peak || 1)).toFixed(2));
        const line = points.length ? "M" + points.join("L") : "";
        svg.querySelector("path.line." + color).setAttribute("d", line);
        svg.querySelector("path.area." + color).setAttribute("d", line && line + "V" + HEIGHT + "H" + (HISTORY - values.length) + "Z");
        set("chart." + series, chart.format(values.at(-1) ?? 0));
      }
    }
  }

  function createChart(figure, chart) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 " + (HISTORY - 1) + " " + HEIGHT);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "the last ten minutes");
    for (const y of [0, HEIGHT / 2, HEIGHT]) {
      const grid = document.createElementNS(SVG, "path");
      grid.setAttribute("class", "grid");
      grid.setAttribute("d", "M0 " + y + "H" + HISTORY);
      svg.append(grid);
    }
    const legend = document.createElement("div");
    legend.className = "legend";
    for (const [color, series, label] of chart.lines) {
      for (const kind of ["area", "line"]) {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("class", kind + " " + color);
        svg.append(path);
      }
      const item = document.createElement("span");
      const value = document.createElement("b");
      item.className = color;
      value.dataset.key = "chart." + series;
      item.append(label + " ", value);
      legend.append(item);
    }
    figure.append(svg, legend);
    return svg;
  }

  function show(status) {
    document.body.dataset.sequence = status.sequence;
    document.title = status.name + " – gwlb4j firewall";
    set("name", status.name);
    set("uptime", status.uptime);
    set("time", status.time.replace("T", " ").replace("Z", " UTC"));
    showNotices(status.notices);
    showTotals(status);
    drawCharts(status.history);
    showTop("talkers", status.top, "Nothing in the last minute.");
    showTop("flows", status.top, "Nothing in the last minute.");
    set("top.seconds", status.top.seconds + " s");
    set("top.bytes", bytes(status.top.bytes), count(status.top.bytes) + " bytes");
    set("top.packets", count(status.top.packets) + " packets");
    showRules(status);
    fillTable("decisions", status.decisions.map((d, i) => [[d.cause], [count(d.packets), { key: "decisions." + i }]]), "No packet yet.");
    showDrops(status.appliance);
    showEndpoints(status);
  }

  function showNotices(notices) {
    const list = document.getElementById("notices");
    while (list.children.length > notices.length) {
      list.lastChild.remove();
    }
    notices.forEach((notice, i) => {
      setText(list.children[i] || list.appendChild(document.createElement("li")), notice);
    });
  }

  function showTotals({ appliance, connections, history }) {
    const now = (series) => history[series].at(-1) ?? 0;
    for (const series of ["receivedBits", "forwardedBits"]) {
      set("rate." + series, bitsPerSecond(now(series)));
    }
    for (const series of ["receivedPackets", "forwardedPackets", "droppedPackets", "openedConnections"]) {
      set("rate." + series, perSecond(now(series)));
    }
    for (const total of ["receivedPackets", "forwardedPackets", "droppedByHandler"]) {
      set("appliance." + total, count(appliance[total]));
    }
    for (const total of ["receivedBytes", "forwardedBytes"]) {
      set("appliance." + total, bytes(appliance[total]), count(appliance[total]) + " bytes");
    }
    set("appliance.droppedByReason", count(appliance.droppedByReason + Math.max(0, appliance.receiveBufferDrops)));
    for (const part of ["now", "halfOpen", "limit", "opened", "evicted"]) {
      set("connections." + part, count(connections[part]));
    }
  }

  function showTop(list, top, empty) {
    const most = top[list].length ? top[list][0].bytes : 0;
    fillTable(list, top[list].map((talker, i) => {
      const key = list + "." + i + ".";
      const title = "between " + count(talker.bytes) + " and " + count(talker.bytes + talker.error) + " bytes";
      return [[talker.name, { small: talker.endpoint, share: most ? talker.bytes / most : 0 }],
        [bytes(talker.bytes), { key: key + "bytes", title }],
        [bitsPerSecond(top.seconds ? Math.floor(talker.bytes * 8 / top.seconds) : 0), { key: key + "bitRate" }],
        [count(talker.packets), { key: key + "packets" }]];
    }), empty);
  }

  function showRules({ rules, ruleCount }) {
    set("rules.shown", rules.length < ruleCount ? "the " + count(rules.length) + " busiest of " + count(ruleCount) : "in order, the first that matches decides");
    fillTable("rules", rules.map((rule, i) => {
      const key = "rules." + i + ".";
      return [[rule.name, { small: rule.text }], [rule.action, { action: rule.action }],
        [perSecond(rule.packetRate), { key: key + "packetRate" }],
        [count(rule.packets), { key: key + "packets" }],
        [bytes(rule.bytes), { key: key + "bytes", title: count(rule.bytes) + " bytes" }],
        [count(rule.connections), { key: key + "connections" }]];
    }), "No rules.");
  }

  function showDrops(appliance) {
    const rows = appliance.drops.map((drop) => [[drop.label], [count(drop.packets), { key: "drops." + drop.reason }]]);
    if (appliance.receiveBufferDrops > 0) {
      rows.push([["receive buffer full, dropped by the kernel"], [count(appliance.receiveBufferDrops), { key: "drops.receiveBuffer" }]]);
    }
    fillTable("drops", rows, "Nothing.");
  }

  function showEndpoints({ endpoints, endpointCount }) {
    set("endpoints.shown", endpoints.length < endpointCount ? "the " + count(endpoints.length) + " busiest of " + count(endpointCount) : "");
    fillTable("endpoints", endpoints.map((e, i) => {
      const key = "endpoints." + i + ".";
      return [[e.name], [e.phase.toLowerCase()],
        [bitsPerSecond(e.bitRate), { key: key + "bitRate" }], [perSecond(e.packetRate), { key: key + "packetRate" }],
        [count(e.receivedPackets), { key: key + "receivedPackets" }],
        [bytes(e.receivedBytes), { key: key + "receivedBytes", title: count(e.receivedBytes) + " bytes" }],
        [count(e.forwardedPackets), { key: key + "forwardedPackets" }],
        [bytes(e.forwardedBytes), { key: key + "forwardedBytes", title: count(e.forwardedBytes) + " bytes" }],
        [count(e.droppedByHandler), { key: key + "droppedByHandler" }]];
    }), "No endpoint has sent anything yet.");
  }

  function setState(state, label) {
    const dot = document.getElementById("state");
    dot.className = "dot " + state;
    dot.setAttribute("aria-label", label);
    dot.title = label;
  }

  async function poll() {
    if (!isPaused && !document.hidden) {
      try {
        const answer = await fetch("live/status.json", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (!answer.ok) {
          throw new Error("status " + answer.status);
        }
        const status = await answer.json();
        if (!isPaused && status) {
          show(status);
          setState("live", "live");
        }
      } catch {
        setState("lost", "no answer from the firewall; what is shown is old");
      }
    }
    setTimeout(poll, PERIOD_MS);
  }

  document.getElementById("pause").addEventListener("click", (event) => {
    isPaused = !isPaused;
    event.target.setAttribute("aria-pressed", isPaused);
    setText(event.target, isPaused ? "Go on" : "Pause");
    setState(isPaused ? "" : "live", isPaused ? "paused" : "live");
  });
  poll();
})();
