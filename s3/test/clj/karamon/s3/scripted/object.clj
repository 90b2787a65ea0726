(ns karamon.s3.scripted.object
  "Objects of the scripted server, and their ETags and checksums as on AWS. An object is a map:

  * `:etag`, `:size`, `:body` -- bytes; nil for an object of which only the size is given
  * `:parts` -- a vector of `:size`, `:etag` and `:checksums`, for objects put in parts
  * `:headers` -- as sent and as returned, with names in lower case
  * `:tags` -- pairs of strings
  * `:grants` -- pairs of a permission and a grantee, such as [\"READ\" \"uri=\\\"…\\\"\"]
  * `:owner`, `:version-id`, `:last-modified`, `:delete-marker`
  * `:checksums` -- names such as \"crc32\" to base64, `:checksum-type`, nil if none is reported, as by moto"
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag])
  (:import
   (java.net URLDecoder)
   (java.nio.charset StandardCharsets)
   (java.security MessageDigest)
   (java.time Instant)
   (java.util Base64 HexFormat)))

(set! *warn-on-reflection* true)

(defn fail
  "Throws an error that becomes S3's answer."
  ([status code] (fail status code nil))
  ([status code message]
   (throw (ex-info code {:answer {:status status, :code code, :message message}}))))

(defn hex ^String [^bytes value]
  (.formatHex (HexFormat/of) value))

(defn base64 ^String [^bytes value]
  (.encodeToString (Base64/getEncoder) value))

(defn md5 ^bytes [^bytes value]
  (.digest (MessageDigest/getInstance "MD5") value))

(defn joined ^bytes [arrays]
  (let [out (java.io.ByteArrayOutputStream.)]
    (doseq [^bytes a arrays]
      (.write out a 0 (alength a)))
    (.toByteArray out)))

(defn opaque
  "Returns an opaque ETag."
  []
  (str/replace (str (random-uuid)) "-" ""))

(defn part-tag
  "Returns the multipart ETag of parts."
  [parts]
  (str (hex (md5 (joined (map #(.parseHex (HexFormat/of) (:etag %)) parts)))) "-" (count parts)))

(def ^:private computable #{"crc32" "crc32c" "crc64nvme" "sha1" "sha256"})

(defn checksum
  "Returns a checksum of bytes in base64; nil for an algorithm that only clients compute here."
  [algorithm body]
  (cond
    (= "md5" algorithm)    (base64 (md5 body))
    (computable algorithm) (get-in (etag/etags body {:layouts [:md5], :checksums [(keyword algorithm)], :threads 1})
                                   [:checksums (keyword algorithm)])))

(defn composite
  "Returns the composite checksum of parts."
  [algorithm parts]
  (str (checksum algorithm (joined (map #(.decode (Base64/getDecoder) ^String (get-in % [:checksums algorithm])) parts)))
       "-" (count parts)))

(defn sent-checksums
  "Checks and returns the checksums of a request; adds a CRC64NVME if it has none, as AWS does."
  [headers ^bytes body]
  (when-let [sent (headers "content-md5")]
    (when (not= sent (base64 (md5 body)))
      (fail 400 "BadDigest" "The Content-MD5 you specified did not match what we received.")))
  (let [sent (into {} (for [[k v] headers
                            :let  [[_ algorithm] (re-matches #"x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256|sha512|md5|xxhash\w+)" k)]
                            :when algorithm]
                        [algorithm v]))]
    (doseq [[algorithm value] sent]
      (when-not (contains? #{nil value} (checksum algorithm body))
        (fail 400 "BadDigest" (str "The " algorithm " you specified did not match the calculated checksum."))))
    (or (not-empty sent)
        (when-let [algorithm (headers "x-amz-sdk-checksum-algorithm")]
          {(str/lower-case algorithm) (checksum (str/lower-case algorithm) body)})
        {"crc64nvme" (checksum "crc64nvme" body)})))

(defn pairs
  "Returns the pairs in `a=b&c=d`."
  [text]
  (for [pair (str/split (or text "") #"&")
        :when (seq pair)]
    (mapv #(URLDecoder/decode ^String % StandardCharsets/UTF_8) (str/split pair #"=" 2))))

(def ^:private kept
  #"content-(?:type|encoding|language|disposition)|cache-control|expires|x-amz-(?:meta-.*|storage-class|website-redirect-location|server-side-encryption(?!.*-key$)(?!.*-context$).*|object-lock-.*)")

(def described
  "The headers that MetadataDirective affects."
  #"content-(?:type|encoding|language|disposition)|cache-control|expires|x-amz-meta-.*")

(defn kept-headers
  "Returns the headers of a request that an object keeps, with the bucket's encryption."
  [{:keys [encryption object-lock]} headers]
  (let [headers  (into {} (filter (fn [[k _]] (re-matches kept k))) headers)
        encoding (some-> (headers "content-encoding") (str/replace #"aws-chunked,?" "") not-empty)]
    (when (and (not object-lock) (some #(str/starts-with? % "x-amz-object-lock") (keys headers)))
      (fail 400 "InvalidRequest" "Bucket is missing Object Lock Configuration"))
    (cond-> (dissoc headers "content-encoding")
      encoding                                        (assoc "content-encoding" encoding)
      (not (headers "content-type"))                  (assoc "content-type" "binary/octet-stream")
      (= "STANDARD" (headers "x-amz-storage-class")) (dissoc "x-amz-storage-class")
      (not (some headers ["x-amz-server-side-encryption" "x-amz-server-side-encryption-customer-algorithm"]))
      (merge {"x-amz-server-side-encryption" "AES256"} encryption))))

(defn secret?
  "Returns whether an object's ETag isn't an MD5, according to its headers."
  [headers]
  (or (headers "x-amz-server-side-encryption-customer-algorithm")
      (#{"aws:kms" "aws:kms:dsse"} (headers "x-amz-server-side-encryption"))))

(defn whole-tag
  "Returns the ETag of an object that is put or copied as one. If only the size is given, the ETag depends on the old one."
  [headers {:keys [body etag]}]
  (cond
    (secret? headers) (opaque)
    body              (hex (md5 body))
    :else             (hex (md5 (.getBytes (str "whole " etag))))))

(def ^:private permissions
  {"x-amz-grant-full-control" "FULL_CONTROL", "x-amz-grant-read" "READ", "x-amz-grant-read-acp" "READ_ACP", "x-amz-grant-write-acp" "WRITE_ACP"})

(defn grants
  "Returns the grants in a request's headers; only the owner's if they have none."
  [{:keys [ownership]} owner headers]
  (let [all    "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""
        own    ["FULL_CONTROL" (str "id=\"" owner "\"")]
        asked  (for [[header permission] permissions
                     grantee (some-> (headers header) (str/split #",\s*"))]
                 [permission grantee])
        canned (headers "x-amz-acl")]
    (when (and (= "BucketOwnerEnforced" ownership)
               (or (seq asked) (not (contains? #{nil "bucket-owner-full-control"} canned))))
      (fail 400 "AccessControlListNotSupported" "The bucket does not allow ACLs"))
    (when (and (seq asked) canned)
      (fail 400 "InvalidRequest" "Specifying both Canned ACLs and Header Grants is not allowed"))
    (set (or (seq asked)
             (if (= "public-read" canned) [own ["READ" all]] [own])))))

(defn object
  "Returns the object that a request puts whole."
  [bucket owner headers body]
  (let [kept (kept-headers bucket headers)]
    {:body          body
     :size          (alength ^bytes body)
     :headers       kept
     :etag          (whole-tag kept {:body body})
     :tags          (pairs (headers "x-amz-tagging"))
     :grants        (grants bucket owner headers)
     :owner         owner
     :checksums     (sent-checksums headers body)
     :checksum-type "FULL_OBJECT"
     :last-modified (Instant/now)}))
