'use strict';

// Reads zip files: the names and unzipped sizes of their files, and single files. The format is in PKWARE's APPNOTE.TXT.

const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

function findEnd(bytes) {
  for (let at = bytes.length - 22; at >= 0; at--) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw new Error("it isn't a zip file: it has no central directory");
}

/** Returns the files in a zip file, each as `{ name, size, read }`; `read()` returns its bytes. */
function readZip(file) {
  const bytes = fs.readFileSync(file);
  const end = findEnd(bytes);
  const entries = [];
  let at = bytes.readUInt32LE(end + 16);
  while (at < end && bytes.readUInt32LE(at) === ENTRY) {
    const [method, packed, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const read = () => {
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const data = bytes.subarray(start, start + packed);
      return method === DEFLATED ? zlib.inflateRawSync(data) : data;
    };
    if (path.normalize(name).startsWith('..') || path.isAbsolute(name))
      throw new Error(`the path of a file in it leads outside, ${name}`);
    if (!name.endsWith('/')) entries.push({ name, size, read });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

module.exports = { readZip };
