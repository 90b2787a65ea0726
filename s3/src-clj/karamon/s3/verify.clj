(ns karamon.s3.verify
  "Compares a source with an object by S3's information about it: its size, a checksum of the whole, its ETag, a checksum of
  its parts; last, if requested, its bytes. The first proof decides. If an ETag may not be computed from the bytes, only a match
  is a proof."
  (:require
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.source :as source]
   [karamon.s3.verify.kind :as kind]
   [karamon.s3.verify.parts :as verify-parts]
   [karamon.s3.verify.stored :as stored]
   [karamon.s3.verify.verdict :as verdict])
  (:import
   (karamon.etag ETag)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private checks
  (merge kind/checks
         {:download   ["true or false" boolean?]
          :threads    ["a whole number from 1 to 1024" #(and (int? %) (<= 1 % 1024))]
          :progress   ["a function of a count of bytes" ifn?]
          :cancelled? ["a function of no arguments" ifn?]}))

(defn head
  "Returns the object's head, with its checksums if the caller may see them: for objects encrypted with SSE-KMS that takes the
  right to decrypt them."
  [client object access]
  (try
    (kind/head client object (assoc access :checksum-mode "ENABLED"))
    (catch clojure.lang.ExceptionInfo e
      (if (= :karamon.s3/denied (:type (ex-data e)))
        (some-> (kind/head client object access) (assoc :no-checksums? true))
        (throw e)))))

(defn- by-checksum [{:keys [head] :as asked}]
  (when-let [[algorithm value] (verdict/checksum head false)]
    (let [found (verdict/hashed asked [:md5] (disj #{algorithm} :md5))
          ours  (if (= :md5 algorithm)
                  (some-> (:etag (first (:etags found))) source/base64)
                  (algorithm (:checksums found)))
          named (str "the " (verdict/shown algorithm) " of the whole is ")]
      (cond
        (:verdict found) (:verdict found)
        (= value ours)   (verdict/match asked :checksum (str named "the same") {:algorithm algorithm})
        :else            (verdict/differs asked :checksum (str named ours " of the source and " value " of the object")
                           {:algorithm algorithm})))))

(defn- unlike-md5 [{:keys [client head options] :as asked} md5]
  (let [{:keys [kind etag reason why]} (kind/confirm client head options)]
    (if (= :md5 kind)
      (verdict/differs asked :md5-etag (str "the MD5 is " md5 " of the source and " etag " of the object"))
      (verdict/inconclusive asked reason (str "the MD5 of the source isn't the ETag, which proves nothing: " why)))))

(defn- by-md5 [{{:keys [etag reason why]} :kind :as asked}]
  (if-not (ETag/md5Of etag)
    (verdict/inconclusive asked reason why)
    (let [found (verdict/hashed asked [:md5] #{})
          md5   (:etag (first (:etags found)))]
      (cond
        (:verdict found) (:verdict found)
        (= etag md5)     (verdict/match asked :md5-etag "the MD5 is the ETag")
        :else            (unlike-md5 asked md5)))))

(defn- parts
  "Returns the number of the object's parts; nil if it has none, or the number is unknown."
  [{:keys [kind composite]}]
  (or (:parts kind)
      (some->> composite second (re-find #"-(\d+)$") second parse-long)))

(defn- by-etag [{:keys [head kind] :as asked}]
  (cond
    (:unreadable? head) (verdict/inconclusive asked (:reason kind) "S3 describes it only with its key: give :sse-customer-key")
    (parts asked)       (verify-parts/verify asked (parts asked))
    :else               (by-md5 asked)))

(defn- by-download [{:keys [client head options] :as asked}]
  (if (= (verdict/sha256 asked) (stored/sha256 client head (kind/allowed options)))
    (verdict/match asked :download "the downloaded bytes are the same")
    (verdict/differs asked :download "the downloaded bytes differ")))

(defn- downloadable? [{:keys [head options]} verdict]
  (and (:download options) (= :inconclusive (:result verdict)) (:etag head) (not (:unreadable? head))
       ;; These are verdicts on the stored bytes.
       (not (#{:client-side-encrypted :content-encoding} (:reason verdict)))))

(defn- compared [asked]
  (try
    (let [verdict (or (when-not (:once? asked) (verdict/by-size asked (etag/size-of (:source asked))))
                      (by-checksum asked)
                      (by-etag asked))]
      (if (downloadable? asked verdict)
        (by-download asked)
        verdict))
    (catch clojure.lang.ExceptionInfo e
      (if (= :karamon.s3/changed (:type (ex-data e)))
        (verdict/inconclusive asked :changed (ex-message e))
        (throw e)))))

(defn against
  "Compares a source with the object of `head`."
  [client source head options]
  (let [kind (kind/kind head)]
    (compared {:client    client
               :source    source
               :options   options
               :head      head
               :kind      kind
               :composite (when-not (:computable kind) (verdict/checksum head true))
               :once?     (nil? (etag/size-of source))
               :kept      (volatile! nil)})))

(defn verify
  "Compares a source with an object; karamon.s3/verify documents the options."
  [client source address options]
  (Options/check options checks "verify" :karamon.s3/bad-option)
  (let [object (address/object address)]
    ;; Throws for an unreadable source before any request to S3.
    (etag/size-of source)
    (when-let [head (head client object (kind/allowed options))]
      (against client source head options))))
