(ns karamon.s3
  "S3 with honest ETags, over the AWS SDK: maps in, maps out.

      (def s3 (client {:region \"eu-west-1\"}))
      (put! s3 \"s3://photos/cat.jpg\" \"cat.jpg\")
      (head s3 \"s3://photos/cat.jpg\")          ;; {:etag \"9b2c…\", :size 48213, :content-type \"image/jpeg\", …}
      (list s3 \"s3://photos/2026/\")            ;; a lazy sequence

  An address names an object: `\"s3://bucket/key\"`, or `{:bucket … :key … :version-id …}`, whose key may be any string. A
  source is what is sent: a file (a path, a File or a Path), a byte array, or, where it says so, an InputStream.

  Options and results have S3's own names in kebab case, and S3's own values, as `:storage-class \"GLACIER\"`; what S3
  doesn't say of an object isn't in its map. ETags have no quotes. Sizes are in bytes.

  Each function lists its own options. These are shared:

  * access, of all that ask for an object -- `:sse-customer-algorithm`, `:sse-customer-key`, `:sse-customer-key-md5`,
    `:expected-bucket-owner`, `:request-payer`
  * `:layout` -- how an object is cut into parts, as karamon.etag has it; `:part-size`, the same in bytes
  * `:threads` -- how many parts are worked on at once
  * `:progress` -- a function of the bytes done since its last call; any thread calls it
  * `:cancelled?` -- a function of nothing, called now and then; once it returns true the call throws
    java.util.concurrent.CancellationException

  Errors are ex-info with a sentence and a `:type`: `:karamon.s3/bad-option` and `/bad-address` for a wrong call;
  `/not-found` (but `head` and `open` return nil), `/no-bucket`, `/denied`, `/precondition-failed`, `/conflict`,
  `/unsupported`, `/slow-down` or `/failed` for what S3 answers, with `:status`, `:code` and `:request-id`; `/unreachable`,
  `/no-credentials`, `/no-region` where S3 didn't answer. The SDK has tried again by then, where that may help.

  The artifact is karamon:karamon-s3."
  (:refer-clojure :exclude [list])
  (:require
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.client.object :as object]
   [karamon.s3.client.presign :as presign]
   [karamon.s3.verify.kind :as kind])
  (:import
   (java.io Closeable)))

(set! *warn-on-reflection* true)

(def ^:private functions
  "What is loaded when first called. In delays: else a second thread could find a var that the first has only begun to load."
  (update-vals '{:verify    karamon.s3.verify/verify
                 :upload    karamon.s3.transfer.upload/upload
                 :download  karamon.s3.transfer.download/download
                 :asset     karamon.s3.transfer.asset/asset
                 :md5-etag  karamon.s3.md5.normalise/md5-etag!
                 :md5-etags karamon.s3.md5.bulk/md5-etags!}
               #(delay (requiring-resolve %))))

(defn client
  "Returns a client, which any threads may share; `.close` it when it is no longer used.

  * `:region` -- default as the SDK finds it: `AWS_REGION`, then the profile
  * `:credentials` -- a map of `:access-key-id`, `:secret-access-key` and `:session-token`; `:anonymous`; or a provider of the
    SDK (default: the SDK's own chain)
  * `:endpoint` -- the address of a server that isn't AWS, as \"http://127.0.0.1:9000\" (default: as the SDK finds it in
    `AWS_ENDPOINT_URL_S3` and `AWS_ENDPOINT_URL`, else AWS)
  * `:path-style` -- whether buckets stand in the path (default: true where the endpoint isn't AWS)
  * `:max-attempts` -- how often a call is tried, with pauses, before it fails (default 3)
  * `:socket-timeout` -- seconds for which a server may be silent (default 60)
  * `:checksums` -- `:when-required` for servers that don't know the checksums that the SDK adds (default: as
    `AWS_REQUEST_CHECKSUM_CALCULATION` says, else `:when-supported`)"
  (^Closeable [] (client {}))
  (^Closeable [options] (client/client options)))

(defn head
  "Returns what S3 says of an object, or nil when there is none: `:etag`, `:size`, `:last-modified`, `:content-type`,
  `:metadata`, `:version-id`, `:storage-class`, `:server-side-encryption`, and whatever else of HeadObject's.

  Options are HeadObject's, such as `:if-match`, `:part-number`, `:checksum-mode \"ENABLED\"`, `:sse-customer-key`."
  ([client address] (head client address {}))
  ([client address options] (object/head client address options)))

(defn open
  "Returns what `head` does, with the object's bytes as `:body`, an InputStream, which must be closed; nil when there is no
  such object.

  Options are GetObject's, such as `:range \"bytes=0-99\"`, `:if-match` and `:if-none-match`, which throws ex-info of `:type`
  `:karamon.s3/not-modified` for the ETag that the object has."
  ([client address] (open client address {}))
  ([client address options] (object/open client address options)))

(defn put!
  "Puts a source as one object with a single PUT, so that its ETag is its MD5 where S3 allows it, and returns the object's
  address with `:etag`, `:size` and what else PutObject answers. S3 compares what came with the MD5 that is sent along.

  Options are PutObject's: `:content-type` (default: from the file's name), `:metadata` (a map of strings), `:tagging`,
  `:storage-class`, `:server-side-encryption`, `:if-none-match \"*\"` (only where there is no object yet), `:if-match` (only
  where the object has this ETag) and so on.

  Throws ex-info of `:type` `:karamon.s3/too-large` above 5 GiB; `upload!` has no such limit."
  ([client address source] (put! client address source {}))
  ([client address source options] (object/put! client address source options)))

(defn copy!
  "Copies an object within S3 by a single CopyObject, which takes 5 GB at most, and returns the new object's address with
  `:etag`, `:version-id` and what else is answered. S3 keeps metadata and tags, but not the ACL, the storage class, the
  encryption, the lock or the website's redirect, unless they are given.

  Options are CopyObject's: `:copy-source-if-match`, `:metadata-directive \"REPLACE\"`, `:metadata`, `:storage-class`, …"
  ([client from to] (copy! client from to {}))
  ([client from to options] (object/copy! client from to options)))

(defn delete!
  "Deletes an object, or one version of it, and returns what S3 says: `:delete-marker`, `:version-id`. That there is none is no
  error to S3.

  Options are DeleteObject's, such as `:if-match`."
  ([client address] (delete! client address {}))
  ([client address options] (call client :delete-object (merge options (address/object address)))))

(defn list
  "Returns a lazy sequence of the objects whose keys begin with that of `address`, in S3's order, a page of 1,000 at a time:
  `:bucket :key :size :etag :last-modified :storage-class`; with `:delimiter` also the prefixes up to it, as `:bucket` and
  `:prefix`. It can be reduced without being held.

  Options are ListObjectsV2's: `:delimiter \"/\"`, `:start-after`, `:max-keys` (of a page), …"
  ([client address] (list client address {}))
  ([client address options] (object/listing client address options)))

(defn presign
  "Returns an address by which anybody may do one thing with an object for a while: `:url`, `:method`, and `:headers`, which
  must be sent with it.

  * `:operation` -- `:get-object`, `:put-object`, `:head-object` or `:delete-object` (default `:get-object`)
  * `:expires` -- seconds, up to 604,800 (default 900)
  * all others are the operation's, such as `:content-type`, `:response-content-disposition`"
  ([client address] (presign client address {}))
  ([client address options] (presign/presign client (address/object address) options)))

(defn etag-kind
  "Returns what an object's ETag is, from what `head` or `list` returned, or asks S3; nil when there is no such object.

  * `:kind` -- `:md5`, that of the bytes; `:likely-md5`, which has the form of one; `:multipart`, of what was put in
    parts; `:opaque`, which says nothing of the bytes; `:unknown`
  * `:reason` -- why, a keyword of the table in docs/s3.md; `:why`, the same in words
  * `:computable` -- whether it can be computed from the bytes, with the sizes of the parts where there are some
  * `:etag` -- in lower case; `:md5` -- the same where it is one, or likely; `:parts` -- their count
  * `:only-a-match-proves` -- true where a computed ETag that differs proves nothing: with SSE-KMS, SSE-C, and a likely MD5
  * `:client-side-encrypted` -- true where the client encrypted what it sent; `:content-encoding` -- as \"gzip\"

  The metadata of a map that `head` or `list` returned says whether AWS said it; any other map counts as another server's. A
  list doesn't say how objects are encrypted, so an MD5 in it is a likely one.

  Options: access, and `:confirm`, whether to ask for the first part too where an MD5 is only likely: it is an `:md5` then
  where the server knows parts and the object has none (default false)."
  ([head] (kind/kind (object/said head)))
  ([client address] (etag-kind client address {}))
  ([client address options] (kind/ask client address options)))

(defn verify
  "Returns whether a source has the bytes of an object, by what S3 says of it, without a download; nil when there is no such
  object. The source may be a FileChannel too, or an InputStream, which is read once, to its end, where its size isn't known to
  differ.

  * `:result` -- `:match`, `:mismatch`, or `:inconclusive`; it is never a guess
  * `:proof` -- of the first two, the first that applies: `:size`, `:checksum` (of the whole), `:md5-etag`, `:multipart-etag`,
    `:composite-checksum` or `:download`
  * `:reason` and `:why` -- of the last: one of `etag-kind`'s; `:layout-unknown`, `:client-side-encrypted` or `:content-encoding`,
    when the stored bytes were made of others; `:changed`, when the object was replaced or deleted meanwhile
  * `:algorithm` of a checksum, as `:crc64nvme`; `:part-size` and `:parts` of a match in parts, and `:layout-from`:
    `:single-part`, `:attributes`, `:part-heads`, or `:inferred`
  * `:bucket :key :version-id :etag :size` of the object that was asked for first: all calls are for that one

  Options: access, `:threads`, `:progress` and `:cancelled?` (a file may be read twice), and `:download`, whether to download the
  object where nothing else tells (default false).

  Throws `:karamon.etag/changed` when a file was written to meanwhile, and what karamon.etag throws."
  ([client source address] (verify client source address {}))
  ([client source address options] (@(functions :verify) client source address options)))

(defn upload!
  "Puts a source of any size, an InputStream too, as one object, in parts of which several are sent at once; what is smaller
  than a part is put whole. Returns `:bucket`, `:key`, `:etag`, `:size`, `:version-id`, and

  * `:parts` -- their count, and `:sent`, how many of them S3 lacked; neither where it was put whole
  * `:verified` -- true, and `:proof`: `:md5-etag` or `:multipart-etag`, which is the one that the bytes give, or `:content-md5`
    where encryption makes ETags something else, and S3 has compared the bytes with the MD5s that were sent along; else false,
    and `:why`

  Options: `:progress`, `:cancelled?`, those of CreateMultipartUpload, such as `:content-type`, `:metadata`,
  `:storage-class` and `:checksum-algorithm` (default \"CRC32\", which S3 keeps of the whole; none where the client's
  `:checksums` are `:when-required`), and

  * `:layout`, `:part-size` -- default `:aws-cli`: 8 MiB, or more above 80 GB; of an InputStream, parts of one size below 2 GiB
  * `:threads` -- default 8. Of a stream each holds a part in memory; of a file none does
  * `:resume` -- true leaves what was sent with S3 when it fails, and continues S3's unfinished upload of this key the next time:
    it sends only parts that S3 lacks, or whose MD5 differs or isn't known, as with SSE-KMS and SSE-C. One caller at a time may do
    that. The metadata is that of the first call (default false: S3 forgets what was sent)
  * `:if-none-match \"*\"`, `:if-match` -- as for `put!`, and asked when all is sent

  Throws `:karamon.etag/changed` when the file was written to meanwhile: there is no new object then;
  `:karamon.etag/bad-layout`; and `:karamon.s3/mismatch` when what S3 has isn't what was sent."
  ([client address source] (upload! client address source {}))
  ([client address source options] (@(functions :upload) client (address/object address) source options)))

(defn download!
  "Fetches an object into `file`, a path, File or Path, by ranges of which several are fetched at once. The file takes its
  place all at once, when all of it is there and was compared with what S3 says of the object: until then the old file stays,
  and the bytes are in a hidden file beside it, `.NAME.….karamon-part`. Folders are made. Returns `:bucket`, `:key`,
  `:etag`, `:size`, `:version-id`, `:last-modified`, `:metadata`, `:file`, and

  * `:fetched` -- how many bytes came from S3 now
  * `:verified` -- true, and `:proof`, as `verify` has it; else false, and `:reason` and `:why`

  Options: `:progress` (of bytes that were there already too), `:cancelled?`, those of GetObject, such as `:if-match`, and

  * `:part-size` -- of each range (default 8 MiB); `:threads` -- default 8
  * `:layout` -- how the object was cut when it was put, where S3 doesn't say and it is none of the usual
  * `:resume` -- true leaves what has come when it fails, and goes on from there the next time, as long as the object and the
    part size are the same; each range is compared with its CRC-32 first (default false: nothing is left)
  * `:if-none-match` -- an ETag: throws `:karamon.s3/not-modified` when the object has it

  A cut connection is continued. Throws `:karamon.s3/not-found`; `/changed` when the object was replaced meanwhile; `/mismatch`
  when the bytes aren't those of the object; `/no-space` before it begins; `/unwritable`; `/busy` when another download of the
  same file with `:resume` ended first."
  ([client address file] (download! client address file {}))
  ([client address file options] (@(functions :download) client (address/object address) file options)))

(defn asset
  "Returns a local copy of an object that follows it, for what is released apart from the code that uses it:

      (def model (asset {:uri \"s3://models/price/current\", :load read-model}))
      @model        ;; or (model)

  Dereferenced it gives the copy, a java.io.File, verified as by `download!`, or what `:load` made of it. The first thread to
  dereference it fetches it; all others wait. Later a new copy replaces the old one all at once, and when S3 fails, the old one
  stays and the failure is reported. To roll back, copy an older object to the key.

  * `:uri` -- the address of the object
  * `:client` -- default: one of its own, with `client`'s defaults
  * `:every` -- seconds after which S3 is asked again, by one HeadObject with If-None-Match (default 60)
  * `:load` -- a function of the File, called once for each ETag; when it throws, the old value stays (default: the File itself)
  * `:folder` -- where copies are (default `karamon-assets` in `java.io.tmpdir`: /tmp on Lambda). Processes may share it
  * `:max-bytes` -- what all copies in that folder may take, among them a new one and the one that it replaces (default: what the
    disk has, which on Lambda is the function's ephemeral storage)
  * `:on-failure` -- a function of the exception (default: prints it to standard error)
  * `:layout`, `:threads` -- as for `download!`
  * `:allow-unverified` -- whether to take a copy that can't be verified (default false: it is a failure)

  Its `meta` has `:uri`, `:etag`, `:file`, `:checked`, an Instant, and `:failure` of the last attempt. `close` gives the copy up.

  A copy is kept until another took its place at least `:every` seconds ago and no process uses it: open a File by then. An open
  one can be read to its end, except on Windows. A download that a killed process left is continued.

  Dereferencing throws what `download!` does, as long as there is no copy: `:karamon.s3/no-space` when it doesn't fit,
  `/unverified`, `/not-found`."
  [options]
  (@(functions :asset) options client))

(defn md5-etag!
  "Makes the ETag of an object that was put in parts the MD5 of its bytes: copies it onto itself within S3 by a single
  CopyObject, which sends nothing through this machine. The copy keeps what S3 would forget, is made on condition that the object
  is still the same, and is compared with it afterwards; docs/s3.md says what it asks of S3 and what begins again.

  Returns the address with `:was`, the old ETag, `:size`, and `:result`, with a sentence `:why` where it isn't `:done`. docs/s3.md
  has a table of all results. With them come `:etag`, the new one; `:warnings`, sentences on what a copy costs;
  `:rewritten`, by `:rewrite`; `:copy`, CopyObject's parameters, by `:dry-run`; `:error`, what S3 said; `:differences`.

  * `:dry-run` -- changes nothing (default false)
  * `:rewrite` -- where copies keep the ETag, fetches the bytes into a temporary file and puts them again, on the same
    conditions (default false)
  * `:force` -- takes `:unguarded` and what is restored from the archive (default false)
  * `:attempts`, `:pause` -- how often a passing error is tried again, and seconds before, which double (default 3 and 1)

  The ACL, tags and lock have no part in the conditions: what is set of them in the moment between may be lost. Throws for a wrong
  call and without credentials; never for a problem with one object."
  ([client address] (md5-etag! client address {}))
  ([client address options] (@(functions :md5-etag) client address options)))

(defn md5-etags!
  "Does what `md5-etag!` does for all objects whose keys begin with that of `address`. Takes as much memory for a million as for
  ten. The first copy is made alone: when the server's copies keep the ETag, ignore conditions or lose something, the run stops
  there, and so it does whenever a copy lost something. When S3 says to slow down, it pauses, works on half as many objects at
  once, and slowly on more again.

  Returns

  * `:listed` -- how many objects were listed, `:bytes` how many bytes the settled ones have
  * `:results` -- each `:result` of `md5-etag!` to how many objects had it
  * `:failures` -- the first 100 results that are `:failed`, `:unchecked`, `:denied`, `:differs` or `:undone`
  * `:stopped` -- why the run stopped before its end: one of these results, or `:cancelled`

  Options are those of `md5-etag!` (but `:attempts` is 10 by default) and

  * `:concurrency` -- how many objects are worked on at once, at most (default 16)
  * `:journal` -- a new file for each step, a line of JSON each, before an object is touched and after it
  * `:resume` -- goes on where the journal ended, however that came; failed objects are tried again (default false)
  * `:start-after` -- begins with the first key after this
  * `:progress` -- a function of `:listed`, `:bytes` and `:results` so far, called after each object and each page of the listing
  * `:on-result` -- a function of what `md5-etag!` returns for each object, except those that are `:already` in the listing

  Throws as `md5-etag!` does, when the bucket can't be listed, and `:karamon.s3/bad-journal` for another run's journal."
  ([client address] (md5-etags! client address {}))
  ([client address options] (@(functions :md5-etags) client address options)))
