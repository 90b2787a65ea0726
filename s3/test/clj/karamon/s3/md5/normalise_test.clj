(ns karamon.s3.md5.normalise-test
  "One object, on the scripted server for behaviour of AWS that others lack, and on S3Proxy."
  {:any-jdk true}
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.embedded :as embedded]
   [karamon.s3.scripted :as scripted])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayOutputStream)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))

(def ^:private hello-world "5eb63bbbe01eeed093cb22bb8f5acdc3")

(def ^:private object
  {:bodies  [(utf8 "hello ") (utf8 "world")]
   :tags    [["a" "b=&ü"] ["c" ""]]
   :headers {"x-amz-meta-who" "me", "content-type" "text/plain", "cache-control" "no-store", "x-amz-storage-class" "STANDARD_IA"
             "x-amz-website-redirect-location" "/there", "expires" "Fri, 01 Jan 2100 00:00:00 GMT"}})

(def ^:private kept [:body :size :tags :headers :grants :owner])

(defn- with-server
  "Calls `f` with a server, a client, and the address of the object `what` in a bucket with `settings`."
  ([f] (with-server {} {} object f))
  ([options settings what f]
   (with-open [server (scripted/start options)
               s3     (scripted/client server)]
     (let [address {:bucket (scripted/bucket! server settings), :key "a/k é+"}]
       (scripted/add! server (:bucket address) (:key address) what)
       (f server (assoc s3 :aws? (not (:elsewhere options))) address)))))

(defn- kept-of [server {:keys [bucket key]}]
  (some-> (scripted/object server bucket key) (select-keys kept) (update :body vec)))

(deftest an-object-in-parts-gets-an-md5-and-keeps-all-else
  (with-server
    (fn [server s3 address]
      (let [before (kept-of server address)]
        (is (= (merge address {:result :done, :etag hello-world, :was (:etag (scripted/object server (:bucket address) (:key address))), :size 11})
               (dissoc (s3/md5-etag! s3 address) :warnings)))
        (is (= before (kept-of server address)))
        (testing "with this number of requests"
          (is (= {:get-bucket-ownership-controls 1, :head-object 2, :get-object-tagging 1, :copy-object 1} (scripted/counts server))))
        (testing "only once"
          (scripted/forget! server)
          (is (= [:already hello-world] ((juxt :result :etag) (s3/md5-etag! s3 address))))
          (is (= {:head-object 1} (scripted/counts server))))))))

(deftest acls-are-kept-if-the-bucket-has-them
  (with-server {} {:ownership "ObjectWriter"}
    (assoc object :grants #{["FULL_CONTROL" "id=\"me\""] ["READ" "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""] ["READ" "id=\"you\""]})
    (fn [server s3 address]
      (let [before (kept-of server address)]
        (is (= :done (:result (s3/md5-etag! s3 address))))
        (is (= before (kept-of server address)))
        (is (= 1 (:get-object-acl (scripted/counts server)))))))
  (with-server {} {:ownership nil} (assoc object :owner "you")
    (fn [_ s3 address]
      (is (= :foreign-owner (:result (s3/md5-etag! s3 address)))))))

(defn- answer-acls
  "Makes the server answer requests for ACLs with a status."
  [server status operations]
  (scripted/script! server #(when (operations (:operation %)) {:answer {:status status, :code "Error"}})))

(deftest an-acl-that-another-server-fails-to-return-isnt-kept
  (doseq [status  [500 501]
          failing [#{:get-object-acl} #{:get-bucket-ownership-controls :get-bucket-acl :get-object-acl}]]
    (testing [status failing]
      (with-server {:elsewhere true} {:ownership "ObjectWriter"} object
        (fn [server s3 address]
          (answer-acls server status failing)
          (let [options {:pause 0}
                warning (str "its ACL isn't kept, since the server doesn't return it: get-object-acl of s3://"
                             (:bucket address) "/" (:key address) ": S3 answered " status " Error, Error")
                found   (s3/md5-etag! s3 address (assoc options :dry-run true))]
            (if (and (= 501 status) (next failing))
              (is (nil? (:get-object-acl (scripted/counts server))))
              (do
                (is (= [:planned warning] [(:result found) (first (:warnings found))]))
                (is (= (if (= 500 status) (* 2 3) 1) (:get-object-acl (scripted/counts server))))
                (is (= [:done hello-world warning]
                       ((juxt :result :etag (comp first :warnings)) (s3/md5-etag! s3 address options)))))))))))
  (testing "but one failure may pass"
    (with-server {:elsewhere true} {:ownership "ObjectWriter"}
      (assoc object :grants #{["FULL_CONTROL" "id=\"me\""] ["READ" "id=\"you\""]})
      (fn [server s3 address]
        (scripted/script! server #(when (and (= :get-object-acl (:operation %)) (<= (:nth %) 3)) {:answer {:status 500}}))
        (let [before (kept-of server address)]
          (is (= :done (:result (s3/md5-etag! s3 address {:pause 0}))))
          (is (= before (kept-of server address)))))))
  (testing "and on AWS, or without the right to read it, the object is left alone"
    (doseq [[elsewhere status result] [[false 500 :failed] [false 403 :denied] [true 403 :denied] [true 503 :failed]]]
      (with-server {:elsewhere elsewhere} {:ownership "ObjectWriter"} object
        (fn [server s3 address]
          (answer-acls server status #{:get-object-acl})
          (let [before (scripted/object server (:bucket address) (:key address))]
            (is (= result (:result (s3/md5-etag! s3 address {:pause 0, :attempts 1}))))
            (is (= before (scripted/object server (:bucket address) (:key address))))))))))

(deftest versions-stay
  (with-server {} {:versioning true, :object-lock true}
    (assoc-in object [:headers "x-amz-object-lock-legal-hold"] "ON")
    (fn [server s3 {:keys [bucket key] :as address}]
      (let [before (kept-of server address)]
        (is (= :done (:result (s3/md5-etag! s3 address))))
        (is (= before (kept-of server address)))
        (is (= 2 (count (scripted/versions server bucket key))))))))

(deftest objects-that-cant-have-an-md5-are-left-alone
  (doseq [[more result] [[{:headers {"x-amz-server-side-encryption" "aws:kms"}} :encrypted]
                         [{:headers {"x-amz-server-side-encryption-customer-algorithm" "AES256"
                                     "x-amz-server-side-encryption-customer-key-md5"   "k"}} :encrypted]
                         [{:headers {"x-amz-storage-class" "GLACIER"}} :archived]
                         [{:headers {"x-amz-missing-meta" "1"}} :missing-metadata]
                         [{:headers {"expires" "soon"}} :missing-metadata]
                         [{:size 5368709121, :etag "9b2cf535f27731c974343645a3985328-700"} :too-large]
                         [{:size 5, :etag "5d41402abc4b2a76b9719d911017c592"} :already]]]
    (testing result
      (with-server {} {} (merge {:bodies (:bodies object)} more)
        (fn [server s3 address]
          (let [before (scripted/object server (:bucket address) (:key address))]
            (is (= result (:result (s3/md5-etag! s3 address))))
            (is (= (cond-> {:head-object 1} (contains? (:headers more) "x-amz-server-side-encryption-customer-algorithm") (assoc :get-object 1))
                   (scripted/counts server)))
            (is (= before (scripted/object server (:bucket address) (:key address)))))))))
  (with-server
    (fn [_ s3 address]
      (is (= :not-found (:result (s3/md5-etag! s3 (assoc address :key "none")))))
      (is (= :not-found (:result (s3/md5-etag! s3 "s3://no-such-bucket/k"))))
      (is (= :denied (:result (s3/md5-etag! s3 address {:expected-bucket-owner "000000000000"})))))))

(deftest a-failed-head-has-a-reason
  (with-server
    (fn [server s3 address]
      (scripted/script! server (fn [{:keys [operation]}]
                                 (when (#{:head-object :get-object} operation)
                                   {:answer {:status 400, :code "ExpiredToken", :message "The provided token has expired."}})))
      (let [{:keys [result error]} (s3/md5-etag! s3 address)]
        (is (= [:failed "ExpiredToken"] [result (:code error)]))))))

(deftest a-dry-run-changes-nothing
  (with-server
    (fn [server s3 address]
      (let [before (scripted/object server (:bucket address) (:key address))
            found  (s3/md5-etag! s3 address {:dry-run true})]
        (is (= :planned (:result found)))
        (is (= {"who" "me"} (:metadata (:copy found))))
        (is (= before (scripted/object server (:bucket address) (:key address))))
        (is (= #{:get-bucket-ownership-controls :head-object :get-object-tagging} (set (keys (scripted/counts server)))))))))

(deftest a-dry-run-writes-nothing-to-find-out-what-a-server-does
  (doseq [quirks  [#{:ignores-source-if-match} #{}]
          options [{} {:rewrite true}]]
    (with-server {:quirks quirks, :elsewhere true} {} object
      (fn [server s3 {:keys [bucket] :as address}]
        (let [before (get-in @(:state server) [:buckets bucket :objects])]
          (is (= [:planned "unless the server ignores conditions, or its copies keep the ETag, which a dry run can't find out"]
                 ((juxt :result :why) (s3/md5-etag! s3 address (assoc options :dry-run true)))))
          (is (= before (get-in @(:state server) [:buckets bucket :objects])))
          (is (= #{:get-bucket-ownership-controls :head-object :get-object-tagging} (set (keys (scripted/counts server)))))
          (testing "and says nothing of what doesn't matter"
            (is (nil? (:why (s3/md5-etag! s3 address {:dry-run true, :force true})))))))))
  (with-server {:elsewhere true} {:versioning true} object
    (fn [_ s3 address]
      (is (= [:planned nil] ((juxt :result :why) (s3/md5-etag! s3 address {:dry-run true})))))))

(deftest servers-whose-copies-keep-the-etag
  (with-server {:quirks #{:keeps-parts :drops-tags}, :elsewhere true} {} object
    (fn [server s3 {:keys [bucket key] :as address}]
      (let [before (assoc (kept-of server address) :etag (:etag (scripted/object server bucket key)))]
        (testing "are reported, and change nothing, though they lose tags"
          (is (= :unsupported-by-server (:result (s3/md5-etag! s3 address))))
          (is (= before (assoc (kept-of server address) :etag (:etag (scripted/object server bucket key))))))
        (testing "but may rewrite"
          (is (= [:done hello-world] ((juxt :result :etag) (s3/md5-etag! s3 address {:rewrite true}))))
          (is (= (dissoc before :etag) (kept-of server address)))
          (is (= [key] (map :key (s3/list s3 {:bucket bucket}))))))))
  (testing "and leave no version behind"
    (doseq [quirks [#{:keeps-parts} #{:keeps-parts :hides-versions}]]
      (with-server {:quirks quirks} {:versioning true} object
        (fn [server s3 {:keys [bucket key] :as address}]
          (let [before (scripted/versions server bucket key)]
            (is (= :unsupported-by-server (:result (s3/md5-etag! s3 address))))
            (is (= before (scripted/versions server bucket key)))))))))

(deftest servers-that-refuse-a-condition-that-holds
  (with-server {:quirks #{:keeps-parts :wants-no-quotes}, :elsewhere true} {} object
    (fn [server s3 address]
      (let [before (kept-of server address)]
        (is (= :unguarded (:result (s3/md5-etag! s3 address {:rewrite true}))))
        (is (= before (kept-of server address)))
        (testing "get no condition, with force"
          (is (= [:done hello-world] ((juxt :result :etag) (s3/md5-etag! s3 address {:rewrite true, :force true}))))
          (is (= before (kept-of server address))))
        (testing "but not if someone else wrote meanwhile"
          (scripted/add! server (:bucket address) (:key address) object)
          (let [written (atom nil)]
            (scripted/script! server (fn [{:keys [operation nth]}]
                                       (when (= [:put-object 1] [operation nth])
                                         {:before #(do (scripted/add! server (:bucket address) (:key address) {:body (utf8 "x"), :size 1, :etag "x"})
                                                       (reset! written (kept-of server address)))})))
            (is (= :changed (:result (s3/md5-etag! s3 address {:rewrite true, :force true}))))
            (is (= @written (kept-of server address)))))))))

(deftest servers-that-lose-things
  (testing "tags, which are put again"
    (with-server {:quirks #{:drops-tags}, :elsewhere true} {} object
      (fn [server s3 address]
        (let [before (kept-of server address)]
          (is (= "the server lost the tags of its copy: they were put again" (peek (:warnings (s3/md5-etag! s3 address)))))
          (is (= before (kept-of server address)))))))
  (testing "metadata, with versions"
    (with-server {:quirks #{:drops-metadata}} {:versioning true} object
      (fn [server s3 {:keys [bucket key] :as address}]
        (let [before (scripted/versions server bucket key)]
          (is (= [:undone {:metadata [{"who" "me"} {}]}] ((juxt :result :differences) (s3/md5-etag! s3 address))))
          (is (= before (scripted/versions server bucket key)))))))
  (testing "and without versions"
    (with-server {:quirks #{:drops-metadata}} {} object
      (fn [_ s3 address]
        (is (= [:differs {:metadata [{"who" "me"} {}]}] ((juxt :result :differences) (s3/md5-etag! s3 address))))))))

(deftest servers-that-ignore-conditions
  (with-server {:quirks #{:ignores-source-if-match}, :elsewhere true} {} object
    (fn [server s3 {:keys [bucket] :as address}]
      (let [before (kept-of server address)]
        (is (= :unguarded (:result (s3/md5-etag! s3 address))))
        (is (= before (kept-of server address)))
        (is (= [(:key address)] (map :key (s3/list s3 {:bucket bucket}))))
        (is (= :done (:result (s3/md5-etag! s3 address {:force true})))))))
  (with-server {:quirks #{:keeps-parts :ignores-if-match}, :elsewhere true} {} object
    (fn [_ s3 address]
      (is (= :unguarded (:result (s3/md5-etag! s3 address {:rewrite true})))))))

(deftest wrong-options-are-errors
  (with-server
    (fn [_ s3 address]
      (is (= "No option :dryrun for md5-etag!: there are :attempts, :dry-run, :expected-bucket-owner, :force, :pause, :request-payer, :rewrite. Did you mean :dry-run?"
             (try
               (s3/md5-etag! s3 address {:dryrun true})
               (catch ExceptionInfo e (ex-message e)))))
      (is (thrown-with-msg? ExceptionInfo #"^Expected an object's address, such as .*, found \"s3://bucket\"$" (s3/md5-etag! s3 "s3://bucket")))
      (is (thrown-with-msg? ExceptionInfo #"^The option :expected-bucket-owner must be an account number of 12 digits, found \"me\"$"
                            (s3/md5-etag! s3 address {:expected-bucket-owner "me"}))))))

(deftest the-embedded-server-behaves-like-aws
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "ä/in parts"}
        bytes  [(byte-array 5242880 (byte 1)) (byte-array 3 (byte 2))]
        id     (:upload-id (call s3 :create-multipart-upload (merge object {:metadata {"who" "me"}, :content-type "text/plain", :cache-control "no-store"})))
        parts  (vec (map-indexed (fn [n ^bytes body]
                                   {:part-number (inc n)
                                    :etag        (:etag (call s3 :upload-part (assoc object :upload-id id, :part-number (inc n)) (RequestBody/fromBytes body)))})
                                 bytes))
        was    (:etag (call s3 :complete-multipart-upload (assoc object :upload-id id, :multipart-upload {:parts parts})))
        whole  (.toByteArray ^ByteArrayOutputStream (reduce #(doto ^ByteArrayOutputStream %1 (.writeBytes %2)) (ByteArrayOutputStream.) bytes))
        md5    (etag/etag whole {:layout :md5})
        about  #(dissoc (s3/head s3 object) :etag :last-modified)
        before (about)]
    (is (= (etag/etag whole {:layout [5242880 3]}) was))
    (is (= (merge object {:result :done, :was was, :etag md5, :size 5242883, :warnings []}) (s3/md5-etag! s3 object)))
    (is (= md5 (:etag (s3/head s3 object))))
    (is (= {"who" "me"} (:metadata before)))
    (is (= before (about)))
    (is (= md5 (with-open [^java.io.InputStream in (:body (s3/open s3 object))]
                 (etag/etag in {:layout :md5}))))
    (is (= :already (:result (s3/md5-etag! s3 object))))
    (is (= [(:key object)] (map :key (s3/list s3 {:bucket (:bucket object)}))))))
