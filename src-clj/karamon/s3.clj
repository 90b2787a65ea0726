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
  (:require
   [clojure.set :as set]
   [karamon.etag :as etag]
   [karamon.s3.address :as address]
   [karamon.s3.bulk :as bulk]
   [karamon.s3.call :as call :refer [call]]
   [karamon.s3.client :as client]
   [karamon.s3.normalise :as normalise]
   [karamon.s3.presign :as presign]
   [karamon.s3.source :as source])
  (:import
   (java.io Closeable)))

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
  * `:checksums` -- `:when-required` for servers that don't know the checksums that the SDK adds (default
    `:when-supported`)"
  (^Closeable [] (client {}))
  (^Closeable [options] (client/client options)))

(defn- object-map [response]
  (set/rename-keys response {:content-length :size}))

(defn head
  "Returns what S3 says of an object, or nil when there is none: `:etag`, `:size`, `:last-modified`, `:content-type`,
  `:metadata`, `:version-id`, `:storage-class`, `:server-side-encryption`, and whatever else of HeadObject's.

  Options are HeadObject's, such as `:if-match`, `:part-number`, `:checksum-mode \"ENABLED\"`, `:sse-customer-key`."
  ([client address] (head client address {}))
  ([client address options]
   (let [object (address/object address)]
     (call/when-found (merge object (object-map (call client :head-object (merge options object))))))))

(defn open
  "Returns what `head` does, with the object's bytes as `:body`, an InputStream, which must be closed; nil when there is no
  such object.

  Options are GetObject's, such as `:range \"bytes=0-99\"`, `:if-match` and `:if-none-match`, which throws ex-info of `:type`
  `:karamon.s3/not-modified` for the ETag that the object has."
  ([client address] (open client address {}))
  ([client address options]
   (let [object (address/object address)]
     (call/when-found (merge object (object-map (call client :get-object (merge options object))))))))

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
     (when (< source/largest-put size)
       (throw (ex-info (str "A single PUT takes 5 GiB at most, found " size " bytes: use upload!")
                       {:type ::too-large, :size size})))
     (let [md5 (etag/etag source {:layout :md5})]
       (merge object {:size size}
              (call client :put-object
                (merge {:content-md5 (source/base64 md5), :content-type (source/content-type source)} options object)
                (source/body source)))))))

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
                                (map #(assoc % :bucket bucket) (concat common-prefixes contents)))]
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
   (normalise/md5-etag! client address options)))

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
   (bulk/md5-etags! client address options)))
