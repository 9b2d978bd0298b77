"use strict";
/* Reading the page's data, and writing numbers and times as the rest of the page does. */
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const DATA = JSON.parse($("#data").textContent);

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

/* A packed column back to numbers. NaN becomes null, which a chart draws as a gap. */
const ARRAYS = { u4: Uint32Array, i2: Int16Array, f4: Float32Array, f8: Float64Array };
const bytes = (text) => {
  const raw = atob(text);
  const found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found.buffer;
};
const unpack = (column) => {
  const values = new ARRAYS[column.kind](bytes(column.data));
  if (column.kind === "u4") return Array.from(values, (step) => column.start + step * column.unit);
  if (column.kind === "i2") return Array.from(values, (step) => (step === -32768 ? null : step * column.unit));
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
};
const words = (column) => (Array.isArray(column) ? column : column.at.map((place) => column.words[place]));
for (const name of ["id", "pair", "type", "reason"]) DATA.trades.columns[name] = words(DATA.trades.columns[name]);
for (const { signals } of DATA.pairs) for (const name of ["name", "action"]) signals[name] = words(signals[name]);

const MINUS = "\u2212", NOTHING = "\u2013";
const formats = new Map();
const number = (value, digits = 2, sign = false) => {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  if (!formats.has(digits)) formats.set(digits, new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const text = formats.get(digits).format(Math.abs(value));
  if (!/[1-9]/.test(text)) return text;
  return value < 0 ? MINUS + text : sign ? "+" + text : text;
};
const price = (value) => number(value, Math.abs(value) >= 1000 ? 2 : Math.abs(value) >= 1 ? 4 : 7);
const plain = (value) => {
  if (value === null || value === undefined) return NOTHING;
  return value.toLocaleString("en-US", { maximumSignificantDigits: 8 }).replace("-", MINUS);
};

const two = (value) => String(value).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const stamp = (seconds, fine = false) => {
  const at = new Date(seconds * 1000);
  const day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return `${day} ${time}${fine ? ":" + two(at.getUTCSeconds()) : ""}`;
};
const length = (seconds) => {
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min` : `${Math.round(seconds)} s`;
};

/* Where in a sorted list a value would stand. */
const place = (sorted, value) => {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const faded = (name, alpha) => {
  const hex = colour(name).replace("#", "");
  const part = (at) => parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${part(0)}, ${part(2)}, ${part(4)}, ${alpha})`;
};
const save = (name, text) => {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
const buttons = (host, options, chosen, choose) => {
  const show = (key) => all("button", host).forEach((b) => b.setAttribute("aria-pressed", b.dataset.key === String(key)));
  host.replaceChildren(...options.map(([key, label]) => make("button", { type: "button", "data-key": key, onclick: () => { show(key); choose(key); } }, label)));
  show(chosen);
  return show;
};
