(ns karamon.s3.transfer.asset-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.s3.transfer.asset.fixture :refer [call-with-asset copies put! thrown]])
  (:import
   (java.util.concurrent CountDownLatch)))

(set! *warn-on-reflection* true)

(deftest a-copy-is-kept-up-to-date
  (call-with-asset
    (fn [{:keys [s3 object folder asset server]}]
      (let [model (asset {})
            v1    (put! s3 object "version 1")]
        (is (= (str "#<Asset " (pr-str object) " not fetched yet>") (pr-str model)))
        (is (= {} (dissoc (meta model) :uri)))
        (let [file @model]
          (is (= "version 1" (slurp file)))
          (is (= file @model (model)))
          (is (= {:uri object, :etag (:etag v1), :file file} (dissoc (meta model) :checked)))
          (put! s3 object "version 2")
          (is (= "version 2" (slurp @model)))
          (testing "and the old copy is deleted at the next request"
            (put! s3 object "version 3")
            (is (= "version 3" (slurp @model)))
            (is (= ["version 2" "version 3"] (copies folder)))
            @model
            (is (= ["version 3"] (copies folder))))
          (testing "rolling back to an older object"
            (put! s3 (assoc object :key "models/price/1") "version 1")
            (s3/copy! s3 (assoc object :key "models/price/1") object)
            (is (= file @model))
            (is (= "version 1" (slurp file)))))
        (testing "with one request if it is unchanged"
          @model
          (scripted/forget! server)
          @model
          (is (= {:head-object 1} (scripted/counts server))))))))

(deftest no-request-is-made-before-the-interval-ends
  (call-with-asset
    (fn [{:keys [s3 object asset server]}]
      (put! s3 object "version 1")
      (let [model (asset {:every 3600})]
        @model
        (scripted/forget! server)
        (put! s3 object "version 2")
        (is (= "version 1" (slurp @model)))
        (is (= {:put-object 1} (scripted/counts server)))))))

(deftest many-threads-share-one-download
  (call-with-asset
    (fn [{:keys [s3 object asset server]}]
      (put! s3 object (str/join (range 100000)))
      (scripted/forget! server)
      (let [loads  (atom 0)
            model  (asset {:every 3600, :load (fn [file] (swap! loads inc) (slurp file))})
            begin  (CountDownLatch. 1)
            values (mapv (fn [_] (future (.await begin) @model)) (range 32))]
        (.countDown begin)
        (is (= #{(str/join (range 100000))} (into #{} (map deref) values)))
        (is (= 1 (count (into #{} (map #(System/identityHashCode @%)) values))))
        (is (= 1 @loads))
        (is (= {:head-object 1, :get-object 1} (scripted/counts server)))))))

(deftest one-threads-request-doesnt-block-the-others
  (call-with-asset
    (fn [{:keys [s3 object asset server]}]
      (put! s3 object "version 1")
      (let [model   (asset {})
            first!  (slurp @model)
            asked   (CountDownLatch. 1)
            answer  (CountDownLatch. 1)]
        (put! s3 object "version 2")
        (scripted/script! server (fn [_] {:before (fn [] (.countDown asked) (.await answer))}))
        (let [asking (future (slurp @model))]
          (.await asked)
          (is (= first! "version 1" (slurp @model)))
          (.countDown answer)
          (is (= "version 2" @asking)))))))

(deftest the-old-copy-stays-if-s3-fails
  (call-with-asset
    (fn [{:keys [s3 object folder asset server]}]
      (put! s3 object "version 1")
      (let [failures (atom [])
            model    (asset {:load slurp, :on-failure #(swap! failures conj (:type (ex-data %)))})
            fails    (fn [type script]
                       (testing type
                         (reset! failures [])
                         (scripted/script! server script)
                         (is (= "version 1" @model))
                         (is (= [type] @failures))
                         (is (= type (:type (ex-data (:failure (meta model))))))
                         (scripted/script! server (constantly nil))))]
        (is (= "version 1" @model))
        (fails :karamon.s3/slow-down (fn [_] {:answer {:status 503, :code "SlowDown"}}))
        (fails :karamon.s3/unreachable (fn [_] {:cut :before}))
        (fails :karamon.s3/not-found (fn [_] {:answer {:status 404}}))
        (is (= "version 1" @model))
        (is (nil? (:failure (meta model))))
        (testing "and if it sends something else"
          (let [etag (:etag (put! s3 object "version 2"))]
            (fails :karamon.s3/mismatch
                   (fn [{:keys [operation]}]
                     (when (= :get-object operation)
                       {:reply {:status 206, :body (.getBytes "version X")
                                :headers {"ETag" (str \" etag \"), "Content-Range" "bytes 0-8/9"}}}))))
          (is (= ["version 1"] (copies folder))))
        (is (= "version 2" @model))
        (testing "and if the copy can't be loaded"
          (let [broken (asset {:load (fn [_] (throw (ex-info "broken" {:type ::broken})))})]
            (is (= ::broken (:type (thrown #(deref broken)))))))))))

(deftest without-a-copy-the-failure-is-thrown
  (call-with-asset
    (fn [{:keys [s3 object asset server folder]}]
      (let [model (asset {})]
        (is (= :karamon.s3/not-found (:type (thrown #(deref model)))))
        (put! s3 object "version 1")
        (scripted/script! server (fn [{:keys [operation]}] (when (= :get-object operation) {:answer {:status 503, :code "SlowDown"}})))
        (is (= :karamon.s3/slow-down (:type (thrown #(deref model)))))
        (scripted/script! server (constantly nil))
        (is (= "version 1" (slurp @model)))
        (is (= ["version 1"] (copies folder)))
        (testing "and so is a failure to store copies"
          (spit (io/file folder "plain") "")
          (is (= :karamon.s3/unwritable (:type (thrown #(deref (asset {:folder (io/file folder "plain")})))))))))))

(deftest a-copy-that-cant-be-verified-is-a-failure
  (call-with-asset
    (fn [{:keys [object asset server]}]
      (scripted/add! server (:bucket object) (:key object)
                     {:size 5, :body (.getBytes "hello"), :etag "00000000000000000000000000000000-3"})
      (is (= :karamon.s3/unverified (:type (thrown #(deref (asset {}))))))
      (is (= "hello" (slurp @(asset {:allow-unverified true})))))))

(deftest a-wrong-call-is-an-error
  (doseq [options [{:uri "models"} {} {:uri "s3://a/b", :evry 1} {:uri "s3://a/b", :every -1} {:uri "s3://a/b", :client {}}]]
    (is (contains? #{:karamon.s3/bad-address :karamon.s3/bad-option} (:type (thrown #(s3/asset options)))) (pr-str options))))
