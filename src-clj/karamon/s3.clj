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
   [karamon.s3.address :as address]
   [karamon.s3.call :as call :refer [call]]
   [karamon.s3.client :as client]
   [karamon.s3.kind :as kind]
   [karamon.s3.presign :as presign]
   [karamon.s3.source :as source])
  (:import
   (java.io Closeable)))
