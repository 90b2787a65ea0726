'use strict';

const { createHash, randomUUID } = require('crypto');
const zlib = require('zlib');
const { AwsError, Unknown, check, known } = require('./errors');
const { element, texts } = require('./xml');

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const minPartBytes = 5 * 1024 * 1024;

const lastModified = '2026-01-01T12:00:00.000Z';
const metadata = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')));
const etag = (bytes) => `"${createHash('md5').update(bytes).digest('hex')}"`;

// The checksums that a client sends: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
function checkSums(headers, body) {
  const sha256 = headers['x-amz-content-sha256'];
  if (/^[0-9a-f]{64}$/.test(sha256)) {
    check(sha256 === createHash('sha256').update(body).digest('hex'), 'x-amz-content-sha256 is of another body');
  } else if (sha256 !== 'UNSIGNED-PAYLOAD') {
    throw new Unknown(`x-amz-content-sha256: ${sha256}`);
  }
  if (headers['x-amz-checksum-crc32']) {
    const crc32 = Buffer.alloc(4);
    crc32.writeUInt32BE(zlib.crc32(body));
    check(headers['x-amz-checksum-crc32'] === crc32.toString('base64'), 'x-amz-checksum-crc32 is of another body');
  }
}

/** Buckets and their objects, addressed by path. */
class S3 {
  constructor(region) {
    this.region = region;
    this.buckets = new Map();
    this.uploads = new Map();
    this.metadata = new WeakMap(); // the bytes of an object -> its x-amz-meta- headers
  }

  create(name) {
    check(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name) && !this.buckets.has(name), `No bucket can be named ${name}`);
    this.buckets.set(name, new Map());
  }

  remove(name) {
    if (this.bucket(name).size > 0) throw new AwsError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
    this.buckets.delete(name);
  }

  bucket(name) {
    if (!this.buckets.has(name)) throw new AwsError(404, 'NoSuchBucket', `The specified bucket does not exist: ${name}`);
    return this.buckets.get(name);
  }

  /** Returns the bytes of an object. */
  object(name, key) {
    const object = this.bucket(name).get(key);
    if (!object) throw new AwsError(404, 'NoSuchKey', `The specified key does not exist: ${key}`);
    return object;
  }

  answer(request, url, body) {
    const [, name, encodedKey] = /^\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? [];
    const key = decodeURIComponent(encodedKey);
    const parameters = Object.fromEntries(url.searchParams);
    const bucket = this.bucket(name);
    checkSums(request.headers, body);
    known('parameters of S3', parameters, ['x-id', 'list-type', 'prefix', 'delete', 'uploads', 'uploadId', 'partNumber']);
    if (!key && request.method === 'HEAD') return { headers: { 'x-amz-bucket-region': this.region } };
    if (!key && request.method === 'GET' && parameters['list-type'] === '2') return this.list(name, parameters.prefix ?? '');
    if (!key && request.method === 'POST' && 'delete' in parameters) return this.deleteAll(bucket, body.toString());
    if (key && request.method === 'PUT' && !('uploadId' in parameters)) return this.put(bucket, key, body, request.headers);
    if (key && request.method === 'HEAD') return this.head(name, key);
    if (key && request.method === 'POST' && 'uploads' in parameters) return this.begin(name, key, request.headers);
    if (key && request.method === 'PUT') return this.part(name, key, parameters, body);
    if (key && request.method === 'POST' && 'uploadId' in parameters)
      return this.complete(name, key, parameters.uploadId, body.toString());
    throw new Unknown(`S3 has no ${request.method} ${url.pathname}${url.search} here`);
  }

  put(bucket, key, body, headers) {
    bucket.set(key, body);
    this.metadata.set(body, metadata(headers));
    return { headers: { etag: etag(body) } };
  }

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  head(name, key) {
    const object = this.object(name, key);
    return {
      headers: { etag: etag(object), 'last-modified': new Date(lastModified).toUTCString(), ...this.metadata.get(object) },
    };
  }

  list(name, prefix) {
    const found = [...this.bucket(name)].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = found.map(([Key, bytes]) => ({
      Key,
      LastModified: lastModified,
      ETag: etag(bytes),
      Size: bytes.length,
      StorageClass: 'STANDARD',
    }));
    const result = {
      Name: name,
      Prefix: prefix,
      KeyCount: contents.length,
      MaxKeys: 1000,
      IsTruncated: false,
      Contents: { each: contents },
    };
    return { body: element('ListBucketResult', result, namespace) };
  }

  deleteAll(bucket, xml) {
    const keys = texts(xml, 'Key');
    for (const key of keys) bucket.delete(key);
    return { body: element('DeleteResult', { Deleted: { each: keys.map((Key) => ({ Key })) } }, namespace) };
  }

  begin(name, key, headers) {
    const id = randomUUID();
    this.uploads.set(id, { name, key, parts: new Map(), metadata: metadata(headers) });
    return { body: element('InitiateMultipartUploadResult', { Bucket: name, Key: key, UploadId: id }, namespace) };
  }

  upload(name, key, id) {
    const upload = this.uploads.get(id);
    if (upload?.name !== name || upload.key !== key)
      throw new AwsError(404, 'NoSuchUpload', 'The specified upload does not exist');
    return upload;
  }

  part(name, key, { uploadId, partNumber }, body) {
    this.upload(name, key, uploadId).parts.set(Number(partNumber), body);
    return { headers: { etag: etag(body) } };
  }

  complete(name, key, id, xml) {
    const { parts, metadata: sent } = this.upload(name, key, id);
    const numbers = texts(xml, 'PartNumber').map(Number);
    const etags = texts(xml, 'ETag');
    check(
      numbers.length === parts.size && numbers.every((n, i) => n === i + 1 && etag(parts.get(n)) === etags[i]),
      'InvalidPart',
    );
    check(
      numbers.slice(0, -1).every((n) => parts.get(n).length >= minPartBytes),
      'EntityTooSmall',
    );
    const body = Buffer.concat(numbers.map((n) => parts.get(n)));
    this.uploads.delete(id);
    this.bucket(name).set(key, body);
    this.metadata.set(body, sent);
    const whole = `"${createHash('md5').update(body).digest('hex')}-${numbers.length}"`;
    return { body: element('CompleteMultipartUploadResult', { Bucket: name, Key: key, ETag: whole }, namespace) };
  }
}

module.exports = { S3 };
