(ns karamon.s3.ceph-test
  "Compares our results with a real server, Ceph's RADOS gateway. Skipped unless `test/ceph` has started one."
  (:require
   [clojure.java.io :as io]
   [clojure.java.shell :as shell]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable File)
   (java.nio.file Files)
   (java.util Arrays Base64 Random)
   (java.util.concurrent CancellationException)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(def ^:private endpoint (System/getenv "KARAMON_CEPH_ENDPOINT"))
(def ^:private access-key (System/getenv "KARAMON_CEPH_ACCESS_KEY_ID"))
(def ^:private secret-key (System/getenv "KARAMON_CEPH_SECRET_ACCESS_KEY"))

(def ^:private say-so
  (delay
    (println "skipped  karamon.s3.ceph-test: Ceph isn't running; test/ceph starts it, and runs its arguments as a command")))

(use-fixtures :once
  (fn [f]
    (when-not endpoint
      @say-so
      (throw (TestAbortedException. "Ceph isn't running")))
    (f)))

(def ^:private client
  ;; Ceph 16 supports neither the checksums that the SDK adds nor its signed chunks.
  (delay
    (s3/client {:endpoint    endpoint
                :credentials {:access-key-id access-key, :secret-access-key secret-key}
                :checksums   :when-required})))

(defn- bucket! []
  (let [bucket (str "ceph-" (random-uuid))]
    (call @client :create-bucket {:bucket bucket})
    bucket))

(def ^:private mib 1048576)
(def ^:private part (* 5 mib))

(def ^:private sizes
  (concat [0 1]
          (mapcat #(vector (dec %) % (inc %)) [part (* 8 mib) (* 16 mib) (* 24 mib)])
          [(* 100 mib)]))

(defn- random-bytes ^bytes [n]
  (doto (byte-array n) (->> (.nextBytes (Random. n)))))

(defn- odd-parts
  "Returns different sizes of parts, if there are enough bytes."
  [size]
  (if (< size (* 2 part))
    [size]
    [(+ part 1) (- size part 1)]))

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (ex-data e))))

(defn- content ^bytes [^File file]
  (Files/readAllBytes (.toPath file)))

(defn- call-with-folder
  "Calls `f` with a folder and the address of a new object."
  [f]
  (temp/call-with-folder #(f % {:bucket (bucket!), :key "a dir/ü + %41"})))

(deftest etags-equal-the-computed-ones
  (call-with-folder
    (fn [folder object]
      (let [file   (io/file folder "source")
            target (io/file folder "target")]
        (doseq [size   sizes
                :let   [bytes (random-bytes size)
                        _     (io/copy bytes file)]
                layout (cond-> [:aws-cli (odd-parts size)] (< size (* 100 mib)) (conj part :md5))
                :let   [tag  (etag/etag file {:layout layout})
                        sent (s3/upload! @client object file {:layout layout})
                        kind (s3/etag-kind @client object)]]
          (testing [size layout]
            (is (= [tag size true] ((juxt :etag :size :verified) sent)))
            (is (= [tag size] ((juxt :etag :size) (s3/head @client object))))
            (is (= (if (re-find #"-" tag) :multipart :likely-md5) (:kind kind)))
            (is (= [tag size true]
                   ((juxt :etag :fetched :verified) (s3/download! @client object target (if (vector? layout) {:layout layout} {})))))
            (is (Arrays/equals bytes (content target)))
            (when-not (vector? layout)
              (is (= :match (:result (s3/verify @client file object)))))))))))

(deftest different-bytes-never-match
  (let [object {:bucket (bucket!), :key "k"}]
    (doseq [size   [1 part (inc (* 2 part))]
            layout [:md5 part]
            :let   [bytes (random-bytes size)]]
      (testing [size layout]
        (s3/upload! @client object bytes {:layout layout})
        (is (= :match (:result (s3/verify @client bytes object))))
        (aset-byte bytes (quot size 2) (unchecked-byte (inc (aget bytes (quot size 2)))))
        (is (contains? #{:mismatch :inconclusive} (:result (s3/verify @client bytes object))))
        (is (= [:mismatch :size] ((juxt :result :proof) (s3/verify @client (random-bytes (inc size)) object))))))))

(deftest uploads-resume
  (let [object {:bucket (bucket!), :key "k"}
        bytes  (random-bytes (+ 3 (* 3 part)))
        sent   (atom 0)]
    (is (thrown? CancellationException
                 (s3/upload! @client object bytes {:part-size part, :threads 1, :resume true
                                                   :progress  #(swap! sent + %), :cancelled? #(<= (* 2 part) @sent)})))
    (is (nil? (s3/head @client object)))
    (is (= [4 2 true] ((juxt :parts :sent :verified) (s3/upload! @client object bytes {:part-size part, :resume true}))))
    (is (nil? (:uploads (call @client :list-multipart-uploads (select-keys object [:bucket])))))))

(deftest a-failed-upload-leaves-nothing
  (call-with-folder
    (fn [folder object]
      (let [small (random-bytes (* 2 part))]
        (testing "parts that are too small"
          (is (= "EntityTooSmall" (:code (thrown #(s3/upload! @client object small {:part-size mib})))))
          (is (nil? (s3/head @client object))))
        (testing "a condition that doesn't hold, though Ceph 16 doesn't check it at the end"
          (let [first! (s3/upload! @client object small {:part-size part, :if-none-match "*"})]
            (doseq [condition [{:if-none-match "*"} {:if-match "00000000000000000000000000000000"}]
                    source    [(random-bytes 5) (random-bytes (inc part))]]
              (is (= :karamon.s3/precondition-failed
                     (:type (thrown #(s3/upload! @client object source (assoc condition :part-size part)))))))
            (is (= (:etag first!) (:etag (s3/head @client object))))
            (is (= 2 (:parts (s3/upload! @client object (random-bytes (inc part)) {:part-size part, :if-match (:etag first!)}))))))
        (testing "an object that is replaced meanwhile"
          (s3/put! @client object small)
          (let [replace (delay (s3/put! @client object (random-bytes part)))]
            (is (= :karamon.s3/changed
                   (:type (thrown #(s3/download! @client object (io/file folder "target") {:part-size mib, :threads 1, :progress (fn [_] @replace)})))))
            (is (= [] (vec (.list ^File folder))))))
        (is (nil? (:uploads (call @client :list-multipart-uploads (select-keys object [:bucket])))))))))

(deftest encrypted-objects-can-be-downloaded
  (call-with-folder
    (fn [folder object]
      (let [target (io/file folder "target")
            key    (.getBytes "0123456789abcdef0123456789abcdef")
            base64 (fn [^bytes bytes] (.encodeToString (Base64/getEncoder) bytes))
            sse-c  {:sse-customer-algorithm "AES256", :sse-customer-key (base64 key)
                    :sse-customer-key-md5   (base64 (.digest (java.security.MessageDigest/getInstance "MD5") key))}]
        (doseq [[put get] [[sse-c sse-c]
                           [{:server-side-encryption "aws:kms", :sse-kms-key-id "testkey-1"} {}]]
                size      [10 (inc part)]
                :let      [bytes (random-bytes size)]]
          (testing [put size]
            (is (= [size true (if (< size part) :md5-etag :multipart-etag)]
                   ((juxt :size :verified :proof) (s3/upload! @client object bytes (assoc put :part-size part)))))
            (is (= size (:size (s3/download! @client object target get))))
            (is (Arrays/equals bytes (content target)))))))))

(deftest copies-keep-multipart-etags
  (let [object {:bucket (bucket!), :key "k"}
        etag   (:etag (s3/upload! @client object (random-bytes (inc part)) {:part-size part}))]
    (is (re-find #"-2$" etag))
    (is (= etag (:etag (s3/copy! @client object object {:metadata-directive "REPLACE"}))))
    (is (= etag (:etag (s3/copy! @client object (assoc object :key "k2")))))))

(deftest etags-stay-multipart-and-nothing-is-lost
  (let [object {:bucket (bucket!), :key "k"}
        bytes  (random-bytes (inc part))
        state  (fn []
                 (merge (dissoc (s3/head @client object) :last-modified)
                        (call @client :get-object-tagging object)
                        (with-open [body ^Closeable (:body (s3/open @client object))]
                          {:same (Arrays/equals bytes (.readAllBytes ^java.io.InputStream body))})))]
    (s3/upload! @client object bytes {:part-size    part, :metadata {"who" "me"}, :content-type "text/plain"
                                      :cache-control "no-store", :content-language "en"})
    ;; Ceph 16 drops the tags given at the start of a multipart upload.
    (call @client :put-object-tagging (assoc object :tagging {:tag-set [{:key "a", :value "b"}]}))
    (let [before (state)
          asked  (s3/head @client object)]
      (is (= [true {"who" "me"} [{:key "a", :value "b"}]] ((juxt :same :metadata :tag-set) before)))
      ;; Ceph 16 ignores conditions of a copy, which is reported first.
      (is (contains? #{:unguarded :unsupported-by-server} (:result (s3/md5-etag! @client object))))
      (is (= asked (s3/head @client object)))
      (is (= :unsupported-by-server (:result (s3/md5-etag! @client object {:force true}))))
      (is (= before (state))))))

(deftest an-asset-follows-its-object
  (call-with-folder
    (fn [folder object]
      (with-open [^Closeable model (s3/asset {:uri object, :client @client, :every 0, :folder (io/file folder "cache"), :load content})]
        (doseq [size [1 part (* 9 mib)]
                :let [bytes (random-bytes size)]]
          (s3/upload! @client object bytes)
          (is (Arrays/equals bytes ^bytes @model))
          (is (identical? @model @model)))))))

(defn- aws
  "Runs aws-cli; nil if it isn't installed."
  [& arguments]
  (try
    (apply shell/sh "aws" "--endpoint-url" endpoint
           (concat arguments
                   [:env (merge (into {} (System/getenv))
                                {"AWS_ACCESS_KEY_ID"               access-key
                                 "AWS_SECRET_ACCESS_KEY"           secret-key
                                 "AWS_DEFAULT_REGION"              "us-east-1"
                                 "AWS_REQUEST_CHECKSUM_CALCULATION" "when_required"
                                 "AWS_RESPONSE_CHECKSUM_VALIDATION" "when_required"})]))
    (catch java.io.IOException _)))

(deftest aws-cli-uses-the-computed-layout
  (call-with-folder
    (fn [folder {:keys [bucket]}]
      (when-not (aws "--version")
        (throw (TestAbortedException. "aws-cli isn't installed")))
      (let [file   (io/file folder "source")
            object {:bucket bucket, :key "by-aws-cli"}]
        (doseq [size sizes
                :let [bytes (random-bytes size)]]
          (testing size
            (io/copy bytes file)
            (is (= {:exit 0, :err ""}
                   (select-keys (aws "s3" "cp" "--no-progress" (str file) (str "s3://" bucket "/by-aws-cli")) [:exit :err])))
            (is (= (etag/etag file {:layout :aws-cli}) (:etag (s3/head @client object))))
            (is (= :match (:result (s3/verify @client file object))))))
        (testing "and it reads the objects that we put"
          (s3/upload! @client object file {:part-size part})
          (is (= 0 (:exit (aws "s3" "cp" "--no-progress" (str "s3://" bucket "/by-aws-cli") (str (io/file folder "target"))))))
          (is (Arrays/equals (content file) (content (io/file folder "target")))))))))
