(ns karamon.s3
  "S3 with honest ETags, over the AWS SDK: maps in, maps out.

      (def s3 (client {:region \"eu-west-1\"}))
      (put! s3 \"s3://photos/cat.jpg\" \"cat.jpg\")
      (head s3 \"s3://photos/cat.jpg\")          ;; {:etag \"9b2c…\", :size 48213, :content-type \"image/jpeg\", …}
      (list s3 \"s3://photos/2026/\")            ;; a lazy sequence

  An object is told by its address: `\"s3://bucket/key\"`, or `{:bucket … :key … :version-id …}`, whose key may be any
  string. Options and results have S3's own names in kebab case, and S3's own values, as `:storage-class \"GLACIER\"`; what S3
  doesn't say of an object isn't in its map. ETags have no quotes. `size` is in bytes.

  What is sent is a source as karamon.etag has it: a file (a path, a File or a Path), a byte array, or, where it is said, an
  InputStream.

  Everything throws ex-info with a sentence and a `:type`: `:karamon.s3/bad-option` and `/bad-address` for a wrong call;
  `/not-found` (but `head` and `open` return nil), `/no-bucket`, `/denied`, `/precondition-failed`, `/conflict`,
  `/unsupported`, `/slow-down` or `/failed` for what S3 answers, with `:status`, `:code` and `:request-id`; `/unreachable`,
  `/no-credentials`, `/no-region` where it wasn't asked. The SDK has tried again before, where that may help.

  This needs `karamon:karamon-s3` (type `pom`) beside Karamon."
  (:refer-clojure :exclude [list])
  ;; What few functions use is loaded when it is called.
  (:require
   [clojure.set :as set]
   [karamon.etag :as etag]
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.client.presign :as presign]
   [karamon.s3.client.source :as source]
   [karamon.s3.verify.kind :as kind])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable)
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

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

(defn- object-map
  "Returns what S3 says of an object, as people see it; for `etag-kind` its metadata has whether AWS said it, and in a list."
  ([client object] (object-map client object false))
  ([client object listed?]
   (-> object
       (set/rename-keys {:content-length :size})
       (with-meta {::said {:aws? (:aws? client), :listed? listed?}}))))

(defn head
  "Returns what S3 says of an object, or nil when there is none: `:etag`, `:size`, `:last-modified`, `:content-type`,
  `:metadata`, `:version-id`, `:storage-class`, `:server-side-encryption`, and whatever else of HeadObject's.

  Options are HeadObject's, such as `:if-match`, `:part-number`, `:checksum-mode \"ENABLED\"`, `:sse-customer-key`."
  ([client address] (head client address {}))
  ([client address options]
   (let [object (address/object address)]
     (call/when-found (object-map client (merge object (call client :head-object (merge options object))))))))

(defn open
  "Returns what `head` does, with the object's bytes as `:body`, an InputStream, which must be closed; nil when there is no
  such object.

  Options are GetObject's, such as `:range \"bytes=0-99\"`, `:if-match` and `:if-none-match`, which throws ex-info of `:type`
  `:karamon.s3/not-modified` for the ETag that the object has."
  ([client address] (open client address {}))
  ([client address options]
   (let [object (address/object address)]
     (call/when-found (object-map client (merge object (call client :get-object (merge options object))))))))

(defn- put-object
  "Puts, and returns what S3 answers. A condition that doesn't hold at a second attempt may fail by what the first one put, when
  only its answer was lost: what is there with the MD5 of what was sent is that."
  [client object parameters md5 source]
  (try
    (call client :put-object (merge parameters object) (source/body source))
    (catch ExceptionInfo e
      (let [{:keys [type attempts]} (ex-data e)
            found (when (and (= ::precondition-failed type) (< 1 (or attempts 1)))
                    (head client object (select-keys parameters [:expected-bucket-owner :request-payer])))]
        (if (= md5 (:etag found))
          (select-keys found [:etag :version-id :server-side-encryption])
          (throw e))))))

(defn put!
  "Puts a source as one object with a single PUT, so that its ETag is its MD5 where S3 allows it, and returns the object's
  address with `:etag`, `:size` and what else PutObject answers. S3 compares what came with the MD5 that is sent along.

  Options are PutObject's: `:content-type` (default: from the file's name), `:metadata` (a map of strings), `:tagging`,
  `:storage-class`, `:server-side-encryption`, `:if-none-match \"*\"` (only where there is no object yet), `:if-match` (only
  where the object has this ETag) and so on.

  Throws ex-info of `:type` `:karamon.s3/too-large` above 5 GiB; `upload!` has no such limit."
  ([client address source] (put! client address source {}))
  ([client address source options]
   (let [object (address/object address)
         size   (source/size source)]
     (when (< Limits/MAX_PUT size)
       (throw (ex-info (str "A single PUT takes 5 GiB at most, found " size " bytes: use upload!")
                       {:type ::too-large, :size size})))
     (let [md5 (etag/etag source {:layout :md5})]
       (merge object {:size size}
              (put-object client object
                (merge {:content-md5 (source/base64 md5), :content-type (source/content-type source)} options)
                md5 source))))))

(defn copy!
  "Copies an object within S3 by a single CopyObject, which takes 5 GB at most, and returns the new object's address with
  `:etag`, `:version-id` and what else is answered. S3 keeps metadata and tags, but not the ACL, the storage class, the
  encryption, the lock or the website's redirect, unless they are given.

  Options are CopyObject's: `:copy-source-if-match`, `:metadata-directive \"REPLACE\"`, `:metadata`, `:storage-class`, …"
  ([client from to] (copy! client from to {}))
  ([client from to options]
   (let [{:keys [bucket key version-id]} (address/object from)
         to     (address/object to)
         answer (call client :copy-object
                  (merge options
                         {:source-bucket bucket, :source-key key, :source-version-id version-id
                          :destination-bucket (:bucket to), :destination-key (:key to)}))]
     (merge to (:copy-object-result answer) (dissoc answer :copy-object-result)))))

(defn delete!
  "Deletes an object, or one version of it, and returns what S3 says: `:delete-marker`, `:version-id`. That there is none is no
  error to S3.

  Options are DeleteObject's, such as `:if-match`."
  ([client address] (delete! client address {}))
  ([client address options]
   (call client :delete-object (merge options (address/object address)))))

(defn list
  "Returns a lazy sequence of the objects whose keys begin with that of `address`, in S3's order, a page of 1,000 at a time:
  `:bucket :key :size :etag :last-modified :storage-class`; with `:delimiter` also the prefixes up to it, as `:bucket` and
  `:prefix`. It can be reduced without being held.

  Options are ListObjectsV2's: `:delimiter \"/\"`, `:start-after`, `:max-keys` (of a page), …"
  ([client address] (list client address {}))
  ([client address options]
   (let [{:keys [bucket key]} (address/bucket address)
         page                 (fn [token]
                                (call client :list-objects-v2
                                  (merge {:encoding-type "url"} options {:bucket bucket, :prefix key, :continuation-token token})))
         rows                 (fn [{:keys [contents common-prefixes]}]
                                (map #(object-map client (assoc % :bucket bucket) true) (concat common-prefixes contents)))]
     (sequence (comp (map rows) cat) (iteration page {:kf :next-continuation-token})))))

(defn presign
  "Returns an address by which anybody may do one thing with an object for a while: `:url`, `:method`, and `:headers`, which
  must be sent with it.

  * `:operation` -- `:get-object`, `:put-object`, `:head-object` or `:delete-object` (default `:get-object`)
  * `:expires` -- seconds, up to 604,800 (default 900)
  * all others are the operation's, such as `:content-type`, `:response-content-disposition`"
  ([client address] (presign client address {}))
  ([client address options]
   (presign/presign client (address/object address) options)))

(defn etag-kind
  "Returns what an object's ETag is, from what `head` returned, or asks for that; nil when there is no such object.

  * `:kind` -- `:md5`, that of the bytes; `:likely-md5`, which has the form of one; `:multipart`, of what was put in
    parts; `:opaque`, which tells nothing of the bytes; `:unknown`
  * `:reason` -- why: `:put-whole` and `:no-parts` of an MD5, `:other-server` and `:listed` of a likely one, `:parts` and
    `:parts-without-count` of parts, `:sse-c`, `:sse-kms`, `:dsse-kms`, `:unknown-encryption`, `:directory-bucket`,
    `:not-hexadecimal` or `:no-etag`; and `:why`, the same in words
  * `:computable` -- whether it is computed of the bytes alone: with the sizes of the parts, where there are some
  * `:etag` -- in lower case; `:md5` -- the same where it is one, or likely; `:parts` -- their count
  * `:only-a-match-proves` -- true where an ETag that is computed proves the same bytes when it is equal, but nothing when it
    isn't: with SSE-KMS, SSE-C, and a likely MD5
  * `:client-side-encrypted` -- true where the client encrypted what it sent; `:content-encoding` -- as \"gzip\". The ETag is
    that of what is stored.

  A map is one that `head` or `list` returned, whose metadata tells whether AWS said it; any other is taken to be from another
  server. As a list doesn't tell how objects are encrypted, an MD5 in it is a likely one.

  * `:confirm` -- whether to ask for the first part as well where an MD5 is but likely: that makes it an `:md5` where the server
    knows of parts, and there are none (default false)
  * those that give access: `:sse-customer-algorithm`, `:sse-customer-key`, `:sse-customer-key-md5`,
    `:expected-bucket-owner`, `:request-payer`"
  ([head] (kind/kind (merge (::said (meta head)) head)))
  ([client address] (etag-kind client address {}))
  ([client address options] (kind/ask client address options)))

(defn verify
  "Returns whether a source has the bytes of an object, by what S3 says of it, without a download; nil when there is no such
  object. The source is a file, a byte array, a FileChannel, or an InputStream, which is read once, to its end, where its size
  isn't known to differ.

  * `:result` -- `:match`, `:mismatch`, or `:inconclusive`; it is never a guess
  * `:proof` -- of the first two: `:size`, `:checksum` (of the whole), `:md5-etag`, `:multipart-etag`, `:composite-checksum` or
    `:download`, which are tried in this order
  * `:reason` -- of the last: those of `etag-kind`; `:layout-unknown`, when S3 doesn't tell how the object was cut;
    `:client-side-encrypted` and `:content-encoding`, when the bytes aren't those that are stored, which were made of others;
    `:changed`, when the object was replaced or deleted meanwhile
  * `:why` -- in words
  * `:algorithm` of a checksum, as `:crc64nvme`; `:part-size` and `:parts` of a match in parts; `:layout-from`: who told the parts'
    sizes: `:single-part`, `:attributes`, `:part-heads`, or `:inferred`
  * `:bucket :key :version-id :etag :size` of the object that was asked for first: all calls are for that one

  Options:

  * `:download` -- whether to download the object where nothing else tells (default false)
  * `:threads`, `:progress`, `:cancelled?` -- as for karamon.etag/etags; a file may be read twice
  * those that give access, as for `etag-kind`

  Throws what karamon.etag does, of `:type` `:karamon.etag/changed` when a file was written to meanwhile."
  ([client source address] (verify client source address {}))
  ([client source address options]
   ((requiring-resolve 'karamon.s3.verify/verify) client source address options)))

(defn upload!
  "Puts a source of any size, an InputStream too, as one object, in parts of which several are sent at once; what is smaller
  than a part is put whole. Returns `:bucket`, `:key`, `:etag`, `:size`, `:version-id`, and

  * `:parts` -- their count, and `:sent`, how many of them S3 hadn't yet; neither where it was put whole
  * `:verified` -- true, and `:proof`: `:md5-etag` or `:multipart-etag`, which is the one that the bytes give, or `:content-md5`
    where encryption makes ETags something else, and S3 has compared what came with the MD5s that were sent along; else false,
    and `:why`

  Options:

  * `:layout` -- how it is cut into parts, as karamon.etag has it (default `:aws-cli`: 8 MiB, or more above 80 GB); of an
    InputStream, parts of one size below 2 GiB
  * `:part-size` -- the same, as bytes
  * `:threads` -- how many parts are sent at once (default 8). Of a stream each holds a part in memory; of a file none does
  * `:resume` -- true leaves what was sent with S3 when it fails, and goes on from there the next time: S3's unfinished upload
    of this key is looked up, and only parts are sent that it hasn't, or whose MD5 is another. One at a time may do that. The
    object gets the metadata that the upload was begun with. Parts with SSE-KMS or SSE-C are sent again, as their MD5s aren't
    known (default false: S3 forgets what was sent)
  * `:if-none-match \"*\"`, `:if-match` -- as for `put!`, and asked when all is sent
  * `:progress` -- is called with the bytes of each part that S3 has got, by any thread
  * `:cancelled?` -- is asked between parts; once it answers true this throws java.util.concurrent.CancellationException
  * all others are CreateMultipartUpload's, such as `:content-type`, `:metadata`, `:storage-class`, and `:checksum-algorithm`
    (default \"CRC32\", which S3 keeps of the whole; none where the client's `:checksums` are `:when-required`)

  Throws ex-info of `:type` `:karamon.etag/changed` when the file was written to meanwhile: there is no new object then;
  `:karamon.etag/bad-layout`; and `:karamon.s3/mismatch` when what S3 has isn't what was sent."
  ([client address source] (upload! client address source {}))
  ([client address source options]
   ((requiring-resolve 'karamon.s3.transfer.upload/upload) client (address/object address) source options)))

(defn download!
  "Fetches an object into `file`, a path, File or Path, by ranges of which several are fetched at once. The file takes its
  place all at once, when all of it is there and was compared with what S3 says of the object: until then what is there stays
  as it is, and the bytes are in a hidden file beside it, `.NAME.….karamon-part`. Folders are made. Returns `:bucket`, `:key`,
  `:etag`, `:size`, `:version-id`, `:last-modified`, `:metadata`, `:file`, and

  * `:fetched` -- how many bytes came from S3 now
  * `:verified` -- true, and `:proof`, as `verify` has it; else false, and `:reason` and `:why`

  Options:

  * `:part-size` -- bytes of each range (default 8 MiB)
  * `:threads` -- how many ranges are fetched at once (default 8)
  * `:layout` -- how the object was cut into parts when it was put, as karamon.etag has it, where S3 doesn't tell and it is none
    of the usual
  * `:resume` -- true leaves what has come when it fails, and goes on from there the next time, as long as the object is the
    same and so is the part size; each range is compared with its CRC-32 first (default false: nothing is left)
  * `:progress` -- is called with the bytes that have come, or were there, since it was called last, by any thread
  * `:cancelled?` -- is asked now and then; once it answers true this throws java.util.concurrent.CancellationException
  * `:if-none-match` -- an ETag: throws ex-info of `:type` `:karamon.s3/not-modified` when the object has it
  * all others are GetObject's, such as `:if-match`, `:sse-customer-key`

  A range whose connection is cut goes on where it was. Throws ex-info of `:type` `:karamon.s3/not-found`; `/changed` when the
  object was replaced meanwhile; `/mismatch` when the bytes aren't those that S3 tells of; `/no-space` before it begins; `/unwritable`;
  `/busy` when another download of the same file with `:resume` ended first."
  ([client address file] (download! client address file {}))
  ([client address file options]
   ((requiring-resolve 'karamon.s3.transfer.download/download) client (address/object address) file options)))

(defn asset
  "Returns a local copy of an object that follows it, for what is released apart from the code that uses it:

      (def model (asset {:uri \"s3://models/price/current\", :load read-model}))
      @model        ;; or (model)

  Dereferenced it gives the copy, a java.io.File, verified as by `download!`, or what `:load` made of it. It is fetched when it
  is dereferenced first, by one thread, for which all others wait. After `:every` seconds the next to dereference it asks S3
  whether the object is another, and has it fetched; all others go on with what there is. What is new takes its place all at
  once. When S3 fails, what was there stays, and the failure is told. To roll back, copy an older object to the key.

  * `:uri` -- the address of the object
  * `:client` -- default: one of its own, with `client`'s defaults
  * `:every` -- seconds after which S3 is asked again, by one HeadObject with If-None-Match (default 60)
  * `:load` -- a function of the File, called once for each ETag; when it throws, what was there stays (default: the File itself)
  * `:folder` -- where copies are (default `karamon-assets` in `java.io.tmpdir`: /tmp on Lambda). Processes may share it
  * `:max-bytes` -- what all copies in that folder may take; a new one and the one that it replaces are there at once for a
    while (default: what the disk has. On Lambda that is the function's ephemeral storage: /tmp is a file system of that size)
  * `:on-failure` -- is called with what was thrown (default: it is printed to standard error)
  * `:layout`, `:threads` -- as for `download!`
  * `:allow-unverified` -- whether a copy is taken that can't be verified (default false: it is a failure)

  `meta` tells `:uri`, `:etag`, `:file`, `:checked`, an Instant, and `:failure` when the last attempt failed. `close` gives the
  copy up.

  A copy is kept under its ETag, and deleted when another took its place at least `:every` seconds ago and no process has it as
  its own. So open a File by then; what is open can be read to its end, but on Windows. What a killed process left of a
  download is gone on with.

  Dereferencing throws what `download!` does, as long as there is no copy: with `:type` `:karamon.s3/no-space` before it
  begins when it doesn't fit, `/unverified`, `/not-found`."
  [options]
  ((requiring-resolve 'karamon.s3.transfer.asset/asset) options client))

(defn md5-etag!
  "Makes the ETag of an object that was put in parts the MD5 of its bytes: copies it onto itself within S3 by a single
  CopyObject, which sends nothing through this machine. The copy is asked for with all that S3 would else forget (metadata,
  system headers, storage class, encryption, website redirect, lock, and ACL where the bucket has them), on condition that
  the object is still what it was, and is compared with it afterwards. Old bytes stay until the new object is there, and what
  another writes at the same time is never replaced. What S3 begins anew with each object begins anew: `:last-modified`, and
  with it the age for lifecycle rules; events, replication; where there are versions, the old one stays.

  Returns the address with `:was`, the old ETag, `:size`, and `:result`, with a sentence `:why` where it isn't `:done`:

  * `:done` -- `:etag` is the new one; `:warnings` are sentences on what it costs; `:rewritten` says that it was by `:rewrite`
  * `:already` -- its ETag isn't one of parts
  * `:planned` -- by `:dry-run`: `:copy` holds CopyObject's parameters
  * `:too-large` -- above 5 GiB; `:encrypted` by SSE-KMS or SSE-C; `:directory-bucket`: karamon.s3.batch helps
  * `:archived`, `:foreign-owner`, `:missing-metadata` (S3 tells not all of it) -- a copy would lose something
  * `:changed` -- another wrote to it meanwhile, or deleted it; `:not-found`; `:superseded` -- the address has a version that isn't the newest
  * `:unsupported-by-server` -- the server's copies keep the ETag, as those of Ceph: `:rewrite` helps
  * `:unguarded` -- the server, which isn't AWS, minds no conditions, and the object has no versions; or it refuses one that
    holds: `:force` helps
  * `:denied`, `:failed` -- what S3 said is in `:error`; nothing was changed
  * `:unchecked` -- it was copied, or may have been, but S3 gave no answer when it was to be compared
  * `:undone` -- the server's copy lacked something, told in `:differences`, and was deleted, so that the old version is back;
    `:differs` -- the same where there are no versions

  Options:

  * `:dry-run` -- changes nothing (default false)
  * `:rewrite` -- where copies keep the ETag, fetches the bytes and puts them again, on the same conditions; they wait in a
    temporary file (default false)
  * `:force` -- takes `:unguarded` and what is restored from the archive (default false)
  * `:attempts`, `:pause` -- how often all is tried anew after what may pass, as 503, and the seconds before, which double with
    each (default 3 and 1)
  * `:expected-bucket-owner`, `:request-payer` -- as S3 has them

  It asks for HeadObject, GetObjectTagging (and GetObjectAcl where the bucket has ACLs), CopyObject, HeadObject; and before,
  once, for the bucket's ownership controls. Of a server that isn't AWS it also asks whether the tags are still there, if there
  were any, and before whether it minds conditions: by a copy that must fail, to a name that nobody has. A copy of 5 GB may be silent
  for minutes: give the client a `:socket-timeout`.

  The ACL, tags and lock have no part in the conditions: what is set of them in the moment between may be lost.

  Throws for a wrong call and without credentials; not for what one object brings."
  ([client address] (md5-etag! client address {}))
  ([client address options]
   ((requiring-resolve 'karamon.s3.md5.normalise/md5-etag!) client address options)))

(defn md5-etags!
  "Does what `md5-etag!` does for all objects whose keys begin with that of `address`. The listing tells which have an ETag of
  parts; of the others nothing more is asked. Takes as much memory for a million as for ten.

  The first that is copied goes alone: when the server's copies keep the ETag, mind no conditions or lose something, the run
  stops there, and so it does whenever a copy lost something. When S3 says to slow down, half as many are
  worked on at once, after a pause, and slowly more again.

  Returns a map of

  * `:listed` -- how many objects were listed, `:bytes` how many bytes the settled ones have
  * `:results` -- each `:result` that `md5-etag!` tells to how many had it
  * `:failures` -- the first 100 that `md5-etag!` told `:failed`, `:unchecked`, `:denied`, `:differs` or `:undone` of
  * `:stopped` -- why the run stopped before its end: one of these results, or `:cancelled`

  Options are those of `md5-etag!` (but `:attempts` is 10 by default) and

  * `:concurrency` -- how many are worked on at once, at most (default 16)
  * `:journal` -- a file in which each step is written, a line of JSON each, before an object is touched and after it; it must
    not be there yet
  * `:resume` -- goes on where the journal ended, however that came; what failed is tried again (default false)
  * `:start-after` -- begins with the first key after this
  * `:progress` -- is called with `:listed`, `:bytes` and `:results` so far, after each object and each page of the listing
  * `:on-result` -- is called with what `md5-etag!` returns for each object, but those that are `:already` in the listing
  * `:cancelled?` -- is called before each object; once it answers true no other is begun

  Throws as `md5-etag!` does, when there is no such bucket or it can't be listed, and when the journal is another run's or there already (`:type` `:karamon.s3/bad-journal`)."
  ([client address] (md5-etags! client address {}))
  ([client address options]
   ((requiring-resolve 'karamon.s3.md5.bulk/md5-etags!) client address options)))
