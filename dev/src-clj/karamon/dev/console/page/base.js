// What the other files of the page share: its state, elements, calls of the gateway. Whatever comes from requests, functions and
// logs becomes text nodes only.

'use strict';

const maxRows = 200;
const mask = '••••••';
const token = document.querySelector('meta[name=karamon-token]').content;
const sourceNames = {
  rest: 'REST API',
  http: 'HTTP API',
  'http-1.0': 'HTTP API, payload 1.0',
  'function-url': 'function URL',
  alb: 'ALB',
  lattice: 'VPC Lattice',
  websocket: 'WebSocket',
};
const summaries = new Map(); // number to summary
const waiting = new Map(); // the same, of those that came during a pause
let came = null; // numbers of those that came since the list was asked for; null if it wasn't
let chosen = null;
let detail = null;
let format = 'edn';
let secrets = false;
let paused = false;
let service = { functions: [], samples: [] };

const byId = (id) => document.getElementById(id);

// Makes an element. Properties that are functions become listeners; children are nodes or text.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

function announce(text) {
  byId('announce').textContent = text;
}

// Calls the gateway. Throws an Error with its message.
async function call(path, body, headers = {}) {
  const options = body === undefined ? { headers } : { method: 'POST', body: JSON.stringify(body) };
  options.headers = {
    ...headers,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'x-karamon-token': token }),
  };
  const response = await fetch(`/_karamon/${path}`, options);
  const data = await response.json();
  if (response.ok) return data;
  throw new Error(response.status === 403 ? `${data.message} If the gateway was restarted, reload this page.` : data.message);
}

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    announce(error.message);
    byId('state').textContent = error.message;
  }
}

function statusClass({ status, pending }) {
  return pending ? 'muted' : status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
}

const milliseconds = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
const target = ({ path, query }) => (query ? `${path}?${query}` : (path ?? ''));
const startOf = ({ cold }) => (cold == null ? '' : cold ? 'cold' : 'warm');
const sourceOf = ({ source }) => sourceNames[source] ?? source ?? '';
