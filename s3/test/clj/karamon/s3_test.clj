(ns karamon.s3-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.embedded :as embedded]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.net URI)
   (java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse$BodyHandlers)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(def ^:private hello-md5 "5d41402abc4b2a76b9719d911017c592")

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (assoc (ex-data e) :message (ex-message e)))))

(defn- hello [] (.getBytes "hello"))

(deftest an-object-that-was-put-exists
  (let [s3     @embedded/client
        bucket (embedded/bucket!)
        object {:bucket bucket, :key "a dir/ü + %41?.txt"}]
    (is (= {:bucket bucket, :key "a dir/ü + %41?.txt", :size 5, :etag hello-md5}
           (select-keys (s3/put! s3 object (hello) {:metadata {"who" "me"}, :cache-control "no-store", :content-type "text/plain"})
                        [:bucket :key :size :etag])))
    (let [found (s3/head s3 object)]
      (is (= {:etag hello-md5, :size 5, :metadata {"who" "me"}, :cache-control "no-store", :content-type "text/plain"}
             (select-keys found [:etag :size :metadata :cache-control :content-type])))
      (is (instance? Instant (:last-modified found))))
    (is (= "hello" (slurp (:body (s3/open s3 object)))))
    (is (= "ell" (slurp (:body (s3/open s3 object {:range "bytes=1-3"})))))
    (is (= (:key object) (:key (first (s3/list s3 {:bucket bucket, :key "a dir/ü"})))))
    (is (some? (s3/delete! s3 object)))
    (is (nil? (s3/head s3 object)))
    (is (nil? (s3/open s3 object)))))

(deftest a-file-is-put-with-the-media-type-of-its-name
  (temp/call-with-folder
    (fn [folder]
      (let [s3     @embedded/client
            bucket (embedded/bucket!)
            file   (io/file folder "page.html")]
        (spit file "<p>hello")
        (doseq [source [file (str file) (.toPath file)]]
          (s3/put! s3 {:bucket bucket, :key "page"} source)
          (is (= "text/html" (:content-type (s3/head s3 {:bucket bucket, :key "page"})))))))))

(deftest conditions-are-checked
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "once"}]
    (s3/put! s3 object (hello) {:if-none-match "*"})
    (is (= :karamon.s3/precondition-failed (:type (thrown #(s3/put! s3 object (.getBytes "again") {:if-none-match "*"})))))
    (is (= :karamon.s3/precondition-failed (:type (thrown #(s3/put! s3 object (.getBytes "again") {:if-match (apply str (repeat 32 "0"))})))))
    (is (= "hello" (slurp (:body (s3/open s3 object)))))
    (is (= :karamon.s3/not-modified (:type (thrown #(s3/open s3 object {:if-none-match hello-md5})))))
    (s3/put! s3 object (.getBytes "again") {:if-match hello-md5})
    (is (= "again" (slurp (:body (s3/open s3 object)))))))

(deftest a-put-with-a-lost-answer-succeeds-at-the-second-attempt
  (with-open [server ^java.io.Closeable (scripted/start)]
    (with-open [s3 ^java.io.Closeable (scripted/client server)]
      (let [object {:bucket (scripted/bucket! server), :key "once"}
            lost   (fn [put]
                     (let [n (:put-object (scripted/counts server) 0)]
                       (scripted/script! server (fn [{:keys [operation nth]}]
                                                  (when (= [:put-object (inc n)] [operation nth]) {:cut :after})))
                       (put)))]
        (is (= hello-md5 (:etag (lost #(s3/put! s3 object (hello) {:if-none-match "*"})))))
        (is (= 5 (:size (s3/head s3 object))))
        (is (some? (:etag (lost #(s3/put! s3 object (.getBytes "again") {:if-match hello-md5})))))
        (is (= "again" (slurp (:body (s3/open s3 object)))))
        (testing "but not because of another's object"
          (is (= :karamon.s3/precondition-failed
                 (:type (thrown #(s3/put! s3 object (hello) {:if-none-match "*"}))))))))))

(deftest a-copy-has-its-objects-attributes
  (let [s3   @embedded/client
        from {:bucket (embedded/bucket!), :key "from it"}
        to   {:bucket (embedded/bucket!), :key "to/it"}]
    (s3/put! s3 from (hello) {:metadata {"who" "me"}})
    (is (= (assoc to :etag hello-md5) (select-keys (s3/copy! s3 from to) [:bucket :key :etag])))
    (is (= {"who" "me"} (:metadata (s3/head s3 to))))
    (is (= :karamon.s3/precondition-failed
           (:type (thrown #(s3/copy! s3 from to {:copy-source-if-match "\"0\""})))))))

(deftest lists-are-paged
  (let [s3     @embedded/client
        bucket (embedded/bucket!)
        names  (map #(format "%s/%02d" (if (even? %) "even" "odd") %) (range 10))]
    (doseq [name names]
      (s3/put! s3 {:bucket bucket, :key name} (hello)))
    (is (= (sort names) (map :key (s3/list s3 (str "s3://" bucket) {:max-keys 3}))))
    (is (= (filter #(re-find #"odd" %) names) (map :key (s3/list s3 (str "s3://" bucket "/odd/")))))
    (is (= ["even/" "odd/"] (sort (map :prefix (s3/list s3 (str "s3://" bucket) {:delimiter "/"})))))
    (is (= [hello-md5 5] ((juxt :etag :size) (first (s3/list s3 (str "s3://" bucket))))))
    (is (= [] (s3/list s3 (str "s3://" bucket "/none"))))))

(deftest a-presigned-url-needs-no-credentials
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "by/anybody"}
        put    (s3/presign s3 object {:operation :put-object, :content-type "text/plain"})
        sent   (-> (HttpRequest/newBuilder (URI/create (:url put)))
                   (.header "content-type" (get-in put [:headers "content-type"]))
                   (.PUT (HttpRequest$BodyPublishers/ofString "hello"))
                   (.build))]
    (is (= :put (:method put)))
    (is (= 200 (.statusCode (.send (HttpClient/newHttpClient) sent (HttpResponse$BodyHandlers/discarding)))))
    (is (= "hello" (slurp (:url (s3/presign s3 object)))))
    (is (re-find #"X-Amz-Expires=60\b" (:url (s3/presign s3 object {:expires 60}))))))

(deftest wrong-calls-are-errors
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "k"}]
    (testing "a call"
      (is (re-matches #"No option :if-macth: there are .*, :if-match, .*\. Did you mean :if-match\?"
                      (:message (thrown #(s3/head s3 object {:if-macth "s"})))))
      (is (= "The option :part-number must be a whole number, found \"s\""
             (:message (thrown #(s3/head s3 object {:part-number "s"})))))
      (is (= "The option :metadata must be a map, found \"s\"" (:message (thrown #(s3/put! s3 object (hello) {:metadata "s"})))))
      (is (= "The option :operation must be :delete-object, :get-object, :head-object, :put-object, found :get"
             (:message (thrown #(s3/presign s3 object {:operation :get}))))))
    (testing "an address"
      (doseq [address ["photos/cat.jpg" "s3://photos" "s3://photos/" {:bucket "photos"} {:key "cat"} nil 1
                       {:bucket "photos", :key "cat", :versionid "1"}]]
        (is (= :karamon.s3/bad-address (:type (thrown #(s3/head s3 address)))) (pr-str address))))
    (testing "a source"
      (is (= "no-such-file can't be read: there is no such file" (:message (thrown #(s3/put! s3 object "no-such-file")))))
      (is (= :karamon.etag/unreadable (:type (thrown #(s3/put! s3 object (io/input-stream (hello))))))))
    (testing "an error of S3"
      (is (= {:type :karamon.s3/no-bucket, :status 404, :code "NoSuchBucket"}
             (select-keys (thrown #(s3/put! s3 "s3://no-such-bucket/k" (hello))) [:type :status :code]))))))

(defn- with-property [property value f]
  (let [before (System/getProperty property)]
    (try
      (System/setProperty property value)
      (f)
      (finally
        (if before
          (System/setProperty property before)
          (System/clearProperty property))))))

(deftest an-endpoint-from-any-setting-isnt-aws
  (temp/call-with-folder
    (fn [folder]
      (let [profile (io/file folder "config")
            made    (fn [options]
                      (with-open [s3 (s3/client (merge {:region "eu-west-1", :credentials {:access-key-id "a", :secret-access-key "b"}} options))]
                        [(:aws? s3) (subs (:url (s3/presign s3 "s3://photos/cat")) 0 30)]))
            other   [false "http://127.0.0.1:9/photos/cat?"]]
        (spit profile "[default]\nendpoint_url = http://127.0.0.1:9\n")
        (is (= [true "https://photos.s3.eu-west-1.am"] (made {})))
        (is (= other (made {:endpoint "http://127.0.0.1:9"})))
        (is (= other (with-property "aws.endpointUrlS3" "http://127.0.0.1:9" #(made {}))))
        (is (= other (with-property "aws.configFile" (str profile) #(made {}))))))))

(deftest an-endpoint-with-a-name-of-aws-is-aws
  (doseq [[aws? region endpoint] [[true "eu-west-1" "https://bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com"]
                                  [true "eu-west-1" "https://S3.dualstack.eu-west-1.AMAZONAWS.com"]
                                  [true "us-east-1" "https://s3.amazonaws.com:443"]
                                  [true "cn-north-1" "https://s3.cn-north-1.amazonaws.com.cn"]
                                  [false "eu-west-1" "http://s3.eu-west-1.amazonaws.com"]
                                  [false "eu-west-1" "https://s3.eu-west-1.amazonaws.com.example.com"]
                                  [false "eu-west-1" "https://notamazonaws.com"]
                                  [false "garage" "https://minio.example.com:9000"]]]
    (testing endpoint
      (with-open [s3 (s3/client {:region region, :endpoint endpoint, :credentials :anonymous})]
        (is (= aws? (:aws? s3)))))))

(deftest a-client-sets-no-system-property
  (System/clearProperty "slf4j.internal.verbosity")
  (let [before (into {} (System/getProperties))]
    (with-open [s3 (s3/client {:endpoint "http://127.0.0.1:1", :max-attempts 1, :credentials :anonymous})]
      (is (= :karamon.s3/unreachable (:type (thrown #(s3/head s3 "s3://photos/cat"))))))
    (is (= before (into {} (System/getProperties))))))

(deftest wrong-options-of-a-client-are-errors
  (is (= "No option :regoin for a client: there are :checksums, :credentials, :endpoint, :max-attempts, :path-style, :region, :socket-timeout. Did you mean :region?"
         (:message (thrown #(s3/client {:regoin "eu-west-1"})))))
  (testing "without secrets"
    (is (= "The option :credentials must be a map of :access-key-id and :secret-access-key, :anonymous, or a provider of the SDK"
           (:message (thrown #(s3/client {:credentials {:access-key "a", :secret-access-key "hidden"}}))))))
  (testing "and so is an unreachable server"
    (with-open [s3 (s3/client {:endpoint "http://127.0.0.1:1", :max-attempts 1, :credentials :anonymous})]
      (is (= :karamon.s3/unreachable (:type (thrown #(s3/head s3 "s3://photos/cat"))))))))
