(ns karamon.s3.md5.bulk-test
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.md5.journal :as journal]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))

(def ^:private in-parts {:bodies [(utf8 "hello ") (utf8 "world")], :headers {"x-amz-meta-who" "me"}})

(def ^:private tagged (assoc in-parts :tags [["a" "b"]]))

(def ^:private whole {:size 5, :etag "5d41402abc4b2a76b9719d911017c592"})

(defn- with-bucket
  "Calls `f` with a server, a client, a bucket and a journal's path; `objects` are key to object."
  ([objects f] (with-bucket {} objects f))
  ([options objects f]
   (temp/call-with-folder
     (fn [folder]
       (with-open [server (scripted/start options)
                   s3     (scripted/client server)]
         (let [bucket (scripted/bucket! server)]
           (doseq [[key object] objects]
             (scripted/add! server bucket key object))
           (f server (assoc s3 :aws? (not (:elsewhere options))) bucket (str (io/file folder "journal")))))))))

(defn- keyed [n object]
  (into (sorted-map) (map (fn [i] [(format "in parts/%04d é" i) object])) (range n)))

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (:type (ex-data e)))))

(deftest all-objects-below-a-prefix-get-an-md5
  (with-bucket (merge (keyed 30 in-parts)
                      {"in parts/big"  {:size 5368709121, :etag "9b2cf535f27731c974343645a3985328-700"}
                       "in parts/cold" (assoc-in in-parts [:headers "x-amz-storage-class"] "GLACIER")
                       "in parts/kms"  (assoc-in in-parts [:headers "x-amz-server-side-encryption"] "aws:kms")
                       "in parts/md5"  whole
                       "other"         in-parts})
    (fn [server s3 bucket journal]
      (let [results (atom [])
            reports (atom [])]
        (is (= {:listed  34, :bytes (+ (* 32 11) 5368709121 5), :failures []
                :results {:done 30, :too-large 1, :archived 1, :encrypted 1, :already 1}}
               (s3/md5-etags! s3 {:bucket bucket, :key "in parts/"}
                              {:journal journal, :on-result #(swap! results conj %), :progress #(swap! reports conj %)})))
        (testing "with the documented requests and no more"
          (is (= {:list-objects-v2 1, :get-bucket-ownership-controls 1, :head-object (+ 30 30 1), :get-object-tagging 30, :copy-object 30}
                 (scripted/counts server))))
        (testing "with reported progress"
          (is (= {:done 30, :too-large 1, :archived 1, :encrypted 1} (frequencies (map :result @results))))
          (is (= {:listed 34, :done 30} {:listed (:listed (peek @reports)), :done (:done (:results (peek @reports)))})))
        (testing "with entries in the journal"
          (let [{:keys [run mark pending]} (journal/state journal)]
            (is (= [{:bucket bucket, :prefix "in parts/"} "in parts/md5" {}] [run mark pending]))))
        (testing "and only once"
          (scripted/forget! server)
          (is (= {:already 31, :too-large 1, :archived 1, :encrypted 1} (:results (s3/md5-etags! s3 {:bucket bucket, :key "in parts/"}))))
          (is (= {:list-objects-v2 1, :head-object 1} (scripted/counts server))))
        (is (some? (:parts (scripted/object server bucket "other"))))))))

(deftest tags-cost-one-more-request-if-they-may-be-lost
  (doseq [[elsewhere more] [[false {:get-object-tagging 3, :copy-object 3}]
                            [true {:get-object-tagging 6, :copy-object 4}]]]
    (with-bucket {:elsewhere elsewhere} (keyed 3 tagged)
      (fn [server s3 bucket _]
        (is (= {:done 3} (:results (s3/md5-etags! s3 {:bucket bucket}))))
        (is (= (merge {:list-objects-v2 1, :get-bucket-ownership-controls 1, :head-object 6} more)
               (scripted/counts server)))))))

(deftest a-dry-run-changes-nothing
  (with-bucket (keyed 5 in-parts)
    (fn [server s3 bucket journal]
      (is (= {:planned 5} (:results (s3/md5-etags! s3 {:bucket bucket} {:dry-run true, :journal journal}))))
      (is (nil? (:copy-object (scripted/counts server))))
      (is (not (.exists (io/file journal)))))))

(deftest the-first-copy-is-made-alone
  (with-bucket {:quirks #{:keeps-parts :drops-tags}, :elsewhere true} (keyed 50 tagged)
    (fn [server s3 bucket journal]
      (let [before (get-in @(:state server) [:buckets bucket :objects])
            about  (fn [objects] (update-vals objects #(mapv (fn [o] (select-keys o [:etag :tags :headers])) %)))]
        (is (= {:results {:unsupported-by-server 1}, :stopped :unsupported-by-server}
               (select-keys (s3/md5-etags! s3 {:bucket bucket} {:journal journal}) [:results :stopped])))
        (testing "with only its copy and the checks of the server"
          (is (= {:copy-object 2, :put-object-tagging 1} (select-keys (scripted/counts server) [:copy-object :put-object-tagging]))))
        (is (= (about before) (about (get-in @(:state server) [:buckets bucket :objects]))))
        (testing "but all may be rewritten, without a copy of each"
          (scripted/forget! server)
          (is (= {:results {:done 50}} (select-keys (s3/md5-etags! s3 {:bucket bucket} {:rewrite true}) [:results :stopped])))
          (is (= 50 (dec (:put-object (scripted/counts server)))))
          (is (> 50 (:copy-object (scripted/counts server))))
          (is (= #{[["a" "b"]]} (into #{} (map #(vec (:tags (peek %)))) (vals (get-in @(:state server) [:buckets bucket :objects])))))))))
  (with-bucket {:quirks #{:drops-metadata}} (keyed 50 in-parts)
    (fn [server s3 bucket _]
      (is (= {:results {:differs 1}, :stopped :differs} (select-keys (s3/md5-etags! s3 {:bucket bucket}) [:results :stopped])))
      (is (= 1 (:copy-object (scripted/counts server)))))))

(deftest a-run-resumes-where-it-ended
  (with-bucket (keyed 40 in-parts)
    (fn [server s3 bucket journal]
      (let [seen (atom 0)
            run! #(s3/md5-etags! s3 {:bucket bucket} (merge {:journal journal} %))]
        (is (= :cancelled (:stopped (run! {:concurrency 1, :on-result (fn [_] (swap! seen inc)), :cancelled? #(< 10 @seen)}))))
        (testing "but not without the option"
          (is (= :karamon.s3/bad-journal (thrown #(run! {}))))
          (is (= :karamon.s3/bad-journal (thrown #(s3/md5-etags! s3 {:bucket bucket, :key "in"} {:journal journal, :resume true})))))
        (testing "nor with an invalid journal"
          (let [other (str journal "-other")]
            (spit other "hello\n")
            (is (= :karamon.s3/bad-journal (thrown #(s3/md5-etags! s3 {:bucket bucket} {:journal other, :resume true}))))))
        (let [done (count (remove #(:parts (peek %)) (vals (get-in @(:state server) [:buckets bucket :objects]))))]
          (scripted/forget! server)
          (is (= (- 40 done) (:done (:results (run! {:resume true})))))
          (is (= (- 40 done) (:copy-object (scripted/counts server)))))
        (testing "and after a finished run, it lists nothing again"
          (is (= {:listed 0, :bytes 0, :results {}, :failures []} (run! {:resume true}))))))))

(deftest failed-objects-are-retried
  (with-bucket (keyed 20 in-parts)
    (fn [server s3 bucket journal]
      (scripted/script! server (fn [{:keys [operation key]}]
                                 (when (and (= :head-object operation) (str/includes? key "0007"))
                                   {:answer {:status 503, :code "SlowDown"}})))
      (let [options {:journal journal, :pause 0, :attempts 2}
            found   (s3/md5-etags! s3 {:bucket bucket} options)]
        (is (= {:done 19, :failed 1} (:results found)))
        (is (= ["in parts/0007 é"] (map :key (:failures found))))
        (scripted/script! server (constantly nil))
        (is (= {:done 1, :already 12} (:results (s3/md5-etags! s3 {:bucket bucket} (assoc options :resume true)))))
        (testing "and its key is the last line of the journal"
          (is (= "in parts/0019 é" (:mark (journal/state journal)))))))))

(deftest tags-that-a-server-lost-are-put-again-after-a-crash
  (with-bucket {:elsewhere true} {"k" (assoc tagged :tags [])}
    (fn [server s3 bucket journal]
      (testing "if the object was copied, and its tags were lost"
        (with-open [^java.io.Closeable open (first (journal/open! journal {:bucket bucket, :prefix ""} false))]
          (journal/write! open {:intent "k", :etag (:etag (scripted/object server bucket "k")), :tags [["a" "b"]]}))
        (s3/copy! s3 {:bucket bucket, :key "k"} {:bucket bucket, :key "k"} {:metadata-directive "REPLACE"})
        (is (= {:already 1} (:results (s3/md5-etags! s3 {:bucket bucket} {:journal journal, :resume true}))))
        (is (= [["a" "b"]] (:tags (scripted/object server bucket "k"))))))))

(deftest wrong-options-are-errors
  (with-bucket {}
    (fn [_ s3 bucket _]
      (is (= :karamon.s3/bad-option (thrown #(s3/md5-etags! s3 {:bucket bucket} {:concurency 4}))))
      (is (= :karamon.s3/bad-address (thrown #(s3/md5-etags! s3 "photos"))))
      (is (= :karamon.s3/no-bucket (thrown #(s3/md5-etags! s3 "s3://no-such-bucket")))))))
