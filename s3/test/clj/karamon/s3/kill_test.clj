(ns karamon.s3.kill-test
  "Runs in separate JVMs: killed at a random request, and with a heap that is too small for data that grows with the number of
  keys. -Dkills sets the number of kills."
  {:any-jdk true}
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.child :as child]
   [karamon.s3.md5.journal :as journal]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (java.util Random)
   (java.util.concurrent CountDownLatch TimeUnit)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private objects 30)

(defn- object [i]
  {:bodies  [(.getBytes (str "hello " i)) (.getBytes "world")]
   :headers {"x-amz-meta-number" (str i)}
   :tags    (if (even? i) [["number" (str i)]] [])})

(defn- seen [object]
  (-> (select-keys object [:headers :tags :grants]) (assoc :body (vec (:body object)))))

(defn- last-line [file]
  (last (str/split-lines (slurp file))))

(defn- killed
  "Kills a run at a request, and resumes it. Returns the states before and after."
  [folder seed]
  (with-open [server (scripted/start {:quirks (if (even? seed) #{:drops-tags} #{})})
              s3     (scripted/client server)]
    (let [random  (Random. seed)
          bucket  (scripted/bucket! server {:versioning true})
          before  (mapv #(seen (scripted/add! server bucket (format "%02d" %) (object %))) (range objects))
          file    (str (io/file folder (str seed ".out")))
          run     {:client  (:options server), :address {:bucket bucket}, :aws? (odd? seed)
                   :options {:journal (str (io/file folder (str seed))), :concurrency (inc (.nextInt random 4))}}
          left    (atom (inc (.nextInt random (* 4 objects))))
          started (promise)
          dead    (CountDownLatch. 1)
          kill!   (fn []
                    (let [^Process child @started]
                      (.waitFor (.destroyForcibly child))
                      (.countDown dead)))]
      (scripted/script! server (fn [_] (when (zero? (swap! left dec)) (if (.nextBoolean random) {:before kill!} {:after kill!}))))
      (let [child (child/start 128 run file)]
        (deliver started child)
        (when-not (.await dead 60 TimeUnit/SECONDS)
          (.destroyForcibly child)
          (throw (AssertionError. (str "Not killed within a minute: " (slurp file))))))
      (scripted/script! server (constantly nil))
      (let [journal (journal/state (:journal (:options run)))
            resumed (s3/md5-etags! (assoc s3 :aws? (:aws? run)) (:address run) (assoc (:options run) :resume true))]
        {:journal  journal
         :resumed  resumed
         :before   before
         :after    (mapv #(scripted/object server bucket (format "%02d" %)) (range objects))
         :versions (mapv #(count (scripted/versions server bucket (format "%02d" %))) (range objects))
         :rest     (s3/md5-etags! s3 (:address run))}))))

(deftest a-killed-run-can-be-resumed
  (temp/call-with-folder
    (fn [folder]
      (doseq [pair (partition-all 2 (range (Depth/times "kills" 2 20)))
              [seed found] (mapv (fn [seed running] [seed @running]) pair (mapv #(future (killed folder %)) pair))]
        (testing (str "seed " seed " " (:journal found) (:resumed found))
          (is (= (:before found) (map seen (:after found))))
          (is (every? #(nil? (:parts %)) (:after found)))
          (testing "and copied no object twice"
            (is (every? #{2} (:versions found))))
          (is (= {:already objects} (:results (:rest found))))
          (is (contains? #{nil ""} (:prefix (:run (:journal found))))))))))

(deftest memory-doesnt-grow-with-the-number-of-keys
  (Depth/requireFull) ; Fewer keys prove nothing.
  (temp/call-with-folder
    (fn [folder]
      (with-open [server (scripted/start)]
        (let [bucket (scripted/bucket! server)
              file   (io/file folder "out")]
          (scripted/fill! server bucket 100000 #(format "%06d" %) {:size 5, :etag "5d41402abc4b2a76b9719d911017c592"})
          (doseq [i (range 0 100000 500)]
            (scripted/add! server bucket (format "%06d" i) (object i)))
          ;; Holding just that many keys needs more.
          (.waitFor (child/start 32 {:client (:options server), :address {:bucket bucket}, :aws? true, :options {}} file))
          (is (= {:listed 100000, :results {:already 99800, :done 200}} (select-keys (edn/read-string (last-line file)) [:listed :results])))
          (is (= {:list-objects-v2 100, :get-bucket-ownership-controls 1, :head-object 400, :get-object-tagging 200, :copy-object 200}
                 (scripted/counts server))))))))
