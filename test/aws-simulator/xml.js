'use strict';

const escape = (text) => String(text).replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);

/** Returns an element's content: `member` elements for an array, named ones for an object, repeated ones for `{each: […]}`. */
function content(value) {
  if (Array.isArray(value)) return value.map((item) => `<member>${content(item)}</member>`).join('');
  if (value === null || typeof value !== 'object') return escape(value);
  return Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .map(([name, v]) =>
      v?.each ? v.each.map((item) => `<${name}>${content(item)}</${name}>`).join('') : `<${name}>${content(v)}</${name}>`,
    )
    .join('');
}

/** Returns a document with one element. */
function element(name, value, namespace) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${namespace ? ` xmlns="${namespace}"` : ''}>${content(value)}</${name}>`;
}

/** Returns the texts of all elements of a name, unescaped. */
function texts(xml, name) {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) =>
    text.replace(
      /&(amp|lt|gt|quot|apos|#34|#39);/g,
      (_, e) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#34': '"', '#39': "'" })[e],
    ),
  );
}

module.exports = { element, texts };
