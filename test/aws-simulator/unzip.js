'use strict';

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

// A zip's dates count from 1980 in steps of two seconds: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.6
function dateOf(date, time) {
  return new Date(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

/** Unpacks a zip, a Buffer, into a folder with the times of its entries, which Clojure compares. Returns the unpacked size. */
function unzip(zip, folder) {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0) throw new Error('Could not unzip uploaded file');
  let at = zip.readUInt32LE(end + 16);
  let size = 0;
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [method, time, date] = [10, 12, 14].map((offset) => zip.readUInt16LE(at + offset));
    const packed = zip.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const file = path.join(folder, name);
    if (!file.startsWith(folder + path.sep)) throw new Error(`The zip has the file ${name}`);
    if (!name.endsWith('/')) {
      const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(begin, begin + packed);
      const content = method === 8 ? zlib.inflateRawSync(bytes) : bytes;
      if (zlib.crc32(content) !== zip.readUInt32LE(at + 16)) throw new Error(`${name} has another checksum`);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
      fs.utimesSync(file, dateOf(date, time), dateOf(date, time));
      size += content.length;
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  return size;
}

module.exports = { unzip };
