(ns karamon.s3
  "S3 with verified ETags, over the AWS SDK: maps in, maps out.

      (def s3 (client {:region \"eu-west-1\"}))
      (put! s3 \"s3://photos/cat.jpg\" \"cat.jpg\")
      (head s3 \"s3://photos/cat.jpg\")          ;; {:etag \"9b2c…\", :size 48213, :content-type \"image/jpeg\", …}
      (list s3 \"s3://photos/2026/\")            ;; a lazy sequence

  An address names an object: `\"s3://bucket/key\"`, or `{:bucket … :key … :version-id …}`, whose key may be any string. A
  source is the data to send: a file (a path, a File or a Path), a byte array, or, if documented, an InputStream.

  Options and results have S3's own names in kebab case, and S3's own values, such as `:storage-class \"GLACIER\"`. Results
  leave out fields that S3 doesn't return. ETags have no quotes. Sizes are in bytes.

  Each function lists its own options. These are shared:

  * access, for all functions that read an object -- `:sse-customer-algorithm`, `:sse-customer-key`, `:sse-customer-key-md5`,
    `:expected-bucket-owner`, `:request-payer`
  * `:layout` -- how an object is cut into parts, as in karamon.etag; `:part-size`, the same in bytes
  * `:threads` -- the number of parts processed at once
  * `:progress` -- a function of the bytes done since its last call; any thread calls it
  * `:cancelled?` -- a function of no arguments, called regularly; when it returns true, the call throws
    java.util.concurrent.CancellationException

  Errors are ex-info with a sentence and a `:type`: `:karamon.s3/bad-option` and `/bad-address` for a wrong call;
  `/not-found` (but `head` and `open` return nil), `/no-bucket`, `/denied`, `/precondition-failed`, `/conflict`,
  `/unsupported`, `/slow-down` or `/failed` for errors that S3 returns, with `:status`, `:code` and `:request-id`;
  `/unreachable`, `/no-credentials`, `/no-region` if S3 didn't answer. The SDK has already retried errors that may pass.

  The artifact is karamon:karamon-s3."
  (:refer-clojure :exclude [list])
  (:require
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.client.loaded :as loaded]
   [karamon.s3.client.object :as object]
   [karamon.s3.client.presign :as presign]
   [karamon.s3.verify.kind :as kind])
  (:import
   (java.io Closeable)))

(set! *warn-on-reflection* true)

(defn client
  "Returns a client, which threads may share; `.close` it when you no longer need it.

  * `:region` -- default as the SDK finds it: `AWS_REGION`, then the profile
  * `:credentials` -- a map of `:access-key-id`, `:secret-access-key` and `:session-token`; `:anonymous`; or a provider of the
    SDK (default: the SDK's own chain)
  * `:endpoint` -- the URL of a server other than AWS, such as \"http://127.0.0.1:9000\", or of a VPC endpoint (default: as the
    SDK finds it in `AWS_ENDPOINT_URL_S3` and `AWS_ENDPOINT_URL`, else AWS)
  * `:path-style` -- whether URLs have the bucket in the path (default: true if an endpoint is set)
  * `:max-attempts` -- the number of attempts of a call, with pauses, before it fails (default 3)
  * `:socket-timeout` -- seconds to wait for data from the server (default 60)
  * `:checksums` -- `:when-required` for servers that don't support the checksums that the SDK adds (default:
    `AWS_REQUEST_CHECKSUM_CALCULATION`, else `:when-supported`)"
  (^Closeable [] (client {}))
  (^Closeable [options] (client/client options)))

(defn head
  "Returns the attributes of an object, nil if there is none: `:etag`, `:size`, `:last-modified`, `:content-type`,
  `:metadata`, `:version-id`, `:storage-class`, `:server-side-encryption`, and any others in HeadObject's answer.

  Options are HeadObject's, such as `:if-match`, `:part-number`, `:checksum-mode \"ENABLED\"`, `:sse-customer-key`."
  ([client address] (head client address {}))
  ([client address options] (object/head client address options)))

(defn open
  "Returns the same map as `head`, with the object's bytes as `:body`, an InputStream that you must close; nil if there is no
  such object.

  Options are GetObject's, such as `:range \"bytes=0-99\"`, `:if-match` and `:if-none-match`, which throws ex-info of `:type`
  `:karamon.s3/not-modified` if the object has that ETag."
  ([client address] (open client address {}))
  ([client address options] (object/open client address options)))

(defn put!
  "Puts a source as one object with a single PUT, so its ETag is its MD5 if S3 allows it. Returns the object's address with
  `:etag`, `:size` and the other fields of PutObject's answer. Sends the MD5, and S3 compares the received bytes with it.

  Options are PutObject's: `:content-type` (default: from the file's name), `:metadata` (a map of strings), `:tagging`,
  `:storage-class`, `:server-side-encryption`, `:if-none-match \"*\"` (only if there is no object yet), `:if-match` (only if
  the object has this ETag) and so on.

  Throws ex-info of `:type` `:karamon.s3/too-large` above 5 GiB; `upload!` has no such limit."
  ([client address source] (put! client address source {}))
  ([client address source options] (object/put! client address source options)))

(defn copy!
  "Copies an object of at most 5 GB within S3 by a single CopyObject. Returns the new object's address with `:etag`,
  `:version-id` and the other fields of the answer. S3 copies metadata and tags, but not the ACL, the storage class, the
  encryption, the lock or the website redirect; give them as options to keep them.

  Options are CopyObject's: `:copy-source-if-match`, `:metadata-directive \"REPLACE\"`, `:metadata`, `:storage-class`, …"
  ([client from to] (copy! client from to {}))
  ([client from to options] (object/copy! client from to options)))

(defn delete!
  "Deletes an object, or one version of it. Returns `:delete-marker` and `:version-id`. S3 reports no error if there is no such
  object.

  Options are DeleteObject's, such as `:if-match`."
  ([client address] (delete! client address {}))
  ([client address options] (call client :delete-object (merge options (address/object address)))))

(defn list
  "Returns a lazy sequence of the objects whose keys begin with that of `address`, in S3's order. Fetches pages of 1,000
  objects as needed. Objects are maps of `:bucket :key :size :etag :last-modified :storage-class`; with `:delimiter` the
  sequence also has the prefixes up to it, as `:bucket` and `:prefix`. Reducing it doesn't hold it in memory.

  Options are ListObjectsV2's: `:delimiter \"/\"`, `:start-after`, `:max-keys` (of a page), …"
  ([client address] (list client address {}))
  ([client address options] (object/listing client address options)))

(defn presign
  "Returns a presigned URL, which allows anybody one operation on an object until it expires: `:url`, `:method`, and
  `:headers`, which the request must have.

  * `:operation` -- `:get-object`, `:put-object`, `:head-object` or `:delete-object` (default `:get-object`)
  * `:expires` -- seconds, up to 604,800 (default 900)
  * all other options are the operation's, such as `:content-type`, `:response-content-disposition`"
  ([client address] (presign client address {}))
  ([client address options] (presign/presign client (address/object address) options)))

(defn etag-kind
  "Returns the kind of an object's ETag, from a map that `head` or `list` returned, or else from S3; nil if there is no such
  object.

  * `:kind` -- `:md5`, the MD5 of the bytes; `:likely-md5`, which has the form of an MD5; `:multipart`, of an object put in
    parts; `:opaque`, unrelated to the bytes; `:unknown`
  * `:reason` -- a keyword of the table in docs/s3.md; `:why`, the same in words
  * `:computable` -- whether it can be computed from the bytes and the sizes of the parts, if any
  * `:etag` -- in lower case; `:md5` -- the same if it is an MD5 or likely; `:parts` -- the number of parts
  * `:only-a-match-proves` -- true if a computed ETag that differs proves nothing: with SSE-KMS, SSE-C, and a likely MD5
  * `:client-side-encrypted` -- true if the client encrypted the data before sending it; `:content-encoding` -- such as \"gzip\"

  The metadata of a map from `head` or `list` says whether it comes from AWS; any other map counts as another server's. A
  list has no information on encryption, so its MD5s are only likely.

  Options: access, and `:confirm`, whether to make a request for the first part if an MD5 is only likely: if the server
  supports parts and the object has none, it is an `:md5` (default false)."
  ([head] (kind/kind (object/with-origin head)))
  ([client address] (etag-kind client address {}))
  ([client address options] (kind/ask client address options)))

(defn verify
  "Compares a source with an object by S3's information about it, without a download. Returns nil if there is no such object.
  The source may also be a FileChannel, or an InputStream, which is read once, to its end, unless the sizes differ.

  * `:result` -- `:match`, `:mismatch`, or `:inconclusive`; never a guess. docs/s3.md says what proves a difference on servers
    other than AWS
  * `:proof` -- of the first two results: `:size`, `:checksum` (of the whole), `:md5-etag`, `:multipart-etag`,
    `:composite-checksum` or `:download`
  * `:reason` and `:why` -- of the last result: a reason of `etag-kind`; `:layout-unknown`; `:client-side-encrypted` or
    `:content-encoding`, if the client changed the bytes before it sent them; `:changed`, if the object was replaced or deleted;
    `:contradiction`, if the ETag says that the bytes differ, and the checksum of the whole that they don't
  * `:algorithm` of a checksum, such as `:crc64nvme`; `:part-size` and `:parts` of a match in parts, and `:layout-from`:
    `:single-part`, `:attributes`, `:part-heads`, or `:inferred`
  * `:bucket :key :version-id :etag :size` of the object at the first request: all other requests are for the same one

  Options: access, `:threads`, `:progress` and `:cancelled?` (a file may be read twice), and `:download`, whether to download the
  object if nothing else gives a result (default false).

  Throws `:karamon.etag/changed` if a file is written to meanwhile, and the other errors of karamon.etag."
  ([client source address] (verify client source address {}))
  ([client source address options] ((loaded/function 'karamon.s3.verify/verify) client source address options)))

(defn upload!
  "Uploads a source of any size, also an InputStream, as one object, sending several parts at once. A source smaller than a part
  is put whole. Returns `:bucket`, `:key`, `:etag`, `:size`, `:version-id`, and

  * `:parts` -- the number of parts, and `:sent`, how many of them S3 lacked; neither if it was put whole
  * `:verified` -- true, and `:proof`: `:md5-etag` or `:multipart-etag` if the ETag is the one computed from the bytes, or
    `:content-md5` if ETags aren't MD5s because of encryption, and AWS has compared the bytes with the MD5s in the requests;
    else false, and `:why`

  Options: `:progress`, `:cancelled?`, those of CreateMultipartUpload, such as `:content-type`, `:metadata`,
  `:storage-class` and `:checksum-algorithm` (default \"CRC32\", which S3 stores for the whole; none if the client's
  `:checksums` are `:when-required`), and

  * `:layout`, `:part-size` -- default `:aws-cli`: 8 MiB, or more above 80 GB; for an InputStream, parts of one size below 2 GiB
  * `:threads` -- default 8. With a stream each thread holds a part in memory, with a file none does
  * `:resume` -- true leaves the sent parts in S3 after a failure, and continues S3's unfinished upload of this key the next time:
    it sends only parts that S3 lacks, or whose MD5 differs or is unknown, as with SSE-KMS and SSE-C. Only one caller at a time
    may do so. The metadata is that of the first call (default false: S3 deletes the sent parts)
  * `:begun` -- a function of the object's address with `:upload-id`, called when S3 has begun an upload in parts
  * `:if-none-match \"*\"`, `:if-match` -- as for `put!`, checked when all parts are sent

  Throws `:karamon.etag/changed` if the file is written to meanwhile, and creates no object; `:karamon.etag/bad-layout`; and
  `:karamon.s3/mismatch` if AWS's object differs from the sent bytes."
  ([client address source] (upload! client address source {}))
  ([client address source options] ((loaded/function 'karamon.s3.transfer.upload/upload) client (address/object address) source options)))

(defn download!
  "Downloads an object to `file`, a path, File or Path, fetching several ranges at once. The bytes go to a hidden file next to it,
  `.NAME.….karamon-part`, that no other user can read. When all bytes are there and verified, it replaces `file` atomically, with the
  usual permissions. Deletes what killed downloads to `file` left. Creates missing folders.
  Returns `:bucket`, `:key`, `:etag`, `:size`, `:version-id`, `:last-modified`, `:metadata`, `:file`, and

  * `:fetched` -- the number of bytes fetched by this call
  * `:verified` -- true, and `:proof`, as in `verify`; else false, and `:reason` and `:why`

  Options: `:progress` (includes bytes of an earlier attempt), `:cancelled?`, those of GetObject, such as `:if-match`, and

  * `:part-size` -- of each range (default 8 MiB); `:threads` -- default 8
  * `:layout` -- how the object was cut when it was put, if S3 doesn't say and it isn't a common layout
  * `:resume` -- true keeps the fetched bytes after a failure, and continues from there the next time, if the object and the
    part size are the same; verifies each range by its CRC-32 first (default false: deletes them)
  * `:if-none-match` -- an ETag: throws `:karamon.s3/not-modified` if the object has it

  Continues after a cut connection. Throws `:karamon.s3/not-found`; `/changed` if the object is replaced meanwhile; `/mismatch`
  if the bytes differ from the object's; `/no-space` before it fetches anything; `/unwritable`; `/busy` if another download of the
  same file with `:resume` ended first."
  ([client address file] (download! client address file {}))
  ([client address file options] ((loaded/function 'karamon.s3.transfer.download/download) client (address/object address) file options)))

(defn asset
  "Returns a local copy of an object that is kept up to date, for data that is released separately from the code:

      (def model (asset {:uri \"s3://models/price/current\", :load read-model}))
      @model        ;; or (model)

  Dereferencing it returns the copy, a java.io.File, verified as by `download!`, or the value that `:load` made from it. The
  first thread to dereference it fetches it; all others wait. Later a new copy replaces the old one atomically. If S3 fails, the
  old one stays and the failure is reported. To roll back, copy an older object to the key.

  * `:uri` -- the address of the object
  * `:client` -- default: its own client, with the defaults of `client`
  * `:every` -- seconds after which to check for a new object, by one HeadObject with If-None-Match (default 60)
  * `:load` -- a function of the File, called once for each ETag; if it throws, the old value stays (default: the File itself)
  * `:folder` -- the folder of the copies (default `karamon-assets` in `java.io.tmpdir`: /tmp on Lambda). Processes of one user may
    share it. A new one is for its owner only; one that another user may have filled is an error, `:karamon.s3/unwritable`
  * `:max-bytes` -- the maximum size of all copies in that folder, including a new one and the one that it replaces (default: the
    size of the disk, which on Lambda is the function's ephemeral storage)
  * `:on-failure` -- a function of the exception (default: prints it to standard error)
  * `:layout`, `:threads` -- as for `download!`
  * `:allow-unverified` -- whether to accept a copy that can't be verified (default false: it is a failure)

  Its `meta` has `:uri`, `:etag`, `:file`, `:checked`, an Instant, and `:failure` of the last attempt. `close` releases the copy.

  A copy may be deleted `:every` seconds after another has replaced it, unless a process uses it: open a File before that. An open
  one can be read to its end, except on Windows. Continues downloads of killed processes.

  If there is no copy yet, dereferencing throws the errors of `download!`, `:karamon.s3/no-space` if it doesn't fit, and
  `/unverified`."
  [options]
  ((loaded/function 'karamon.s3.transfer.asset/asset) options client))

(defn md5-etag!
  "Turns a multipart ETag into the MD5 of the object's bytes: copies the object onto itself within S3 by a single CopyObject, so
  no bytes pass through this machine. The copy keeps what S3 would drop, is made only if the object is still the same, and is
  compared with it afterwards. docs/s3.md lists the requests to S3 and the side effects.

  Returns the address with `:was`, the old ETag, `:size`, and `:result`, with a sentence `:why` unless it is `:done`. docs/s3.md
  has a table of all results. Other keys are `:etag`, the new one; `:warnings`, sentences on the costs of the copy;
  `:rewritten`, with `:rewrite`; `:copy`, CopyObject's parameters, with `:dry-run`; `:error`, S3's error; `:differences`.

  * `:dry-run` -- changes nothing, so `:why` says what can't be known about servers other than AWS (default false)
  * `:rewrite` -- if the server's copies keep the ETag, fetches the bytes into a temporary file and puts them again, on the same
    conditions (default false)
  * `:force` -- proceeds if the result would be `:unguarded`, and copies objects restored from the archive (default false)
  * `:attempts`, `:pause` -- the number of attempts for a passing error, and the seconds before the second, doubled each time
    (default 3 and 1)

  The conditions don't include the ACL, tags and lock: changes to them during the copy may be lost. Throws for a wrong call and
  without credentials, never for a problem with one object."
  ([client address] (md5-etag! client address {}))
  ([client address options] ((loaded/function 'karamon.s3.md5.normalise/md5-etag!) client address options)))

(defn md5-etags!
  "Calls `md5-etag!` for all objects whose keys begin with that of `address`. Memory use doesn't grow with their number. Makes
  the first copy alone, and stops if the server's copies keep the ETag, ignore conditions or lose something; also stops after any
  later copy that loses something. If S3 says to slow down, it pauses, halves the number of objects in progress, and slowly
  increases it again.

  Returns

  * `:listed` -- the number of listed objects; `:bytes` the size of the finished ones
  * `:results` -- a map of `:result` of `md5-etag!` to the number of objects
  * `:failures` -- the first 100 results that are `:failed`, `:unchecked`, `:denied`, `:differs` or `:undone`
  * `:stopped` -- why the run stopped before its end: one of these results, or `:cancelled`

  Options are those of `md5-etag!` (but the default of `:attempts` is 10) and

  * `:concurrency` -- the maximum number of objects in progress (default 16)
  * `:journal` -- a new file that records each step before and after it, as a line of JSON
  * `:resume` -- continues from the end of the journal, also after a crash; retries failed objects (default false)
  * `:start-after` -- starts with the first key after this
  * `:progress` -- a function of `:listed`, `:bytes` and `:results` so far, called after each object and each page of the listing
  * `:on-result` -- a function of the result of `md5-etag!` for each object, except those that are `:already` in the listing

  Throws as `md5-etag!` does, if the bucket can't be listed, and `:karamon.s3/bad-journal` for another run's journal."
  ([client address] (md5-etags! client address {}))
  ([client address options] ((loaded/function 'karamon.s3.md5.bulk/md5-etags!) client address options)))
