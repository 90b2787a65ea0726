(ns karamon.s3.md5.ready-test
  {:any-jdk true}
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.carry-out :as carry-out]
   [karamon.s3.md5.ready :as ready]
   [karamon.s3.scripted :as scripted]))

(set! *warn-on-reflection* true)

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))

(def ^:private in-parts {:bodies [(utf8 "hello ") (utf8 "world")], :headers {"x-amz-meta-who" "me"}, :tags [["a" "b"]]})

(def ^:private md5 "5eb63bbbe01eeed093cb22bb8f5acdc3")

(defn- with-object
  "Calls `f` with a server, the map `asking` for it, and the address of an object."
  [object f]
  (with-open [server (scripted/start {})
              s3     (scripted/client server)]
    (let [address {:bucket (scripted/bucket! server), :key "k"}]
      (scripted/add! server (:bucket address) "k" object)
      (f server (ask/asking s3 {} {:attempts 1}) address))))

(deftest getting-ready-makes-requests-and-changes-nothing
  (with-object in-parts
    (fn [server asking address]
      (let [before (scripted/object server (:bucket address) "k")
            found  (ready/ready asking address (constantly {:acls? false}) {})]
        (is (= (select-keys before [:etag]) {:etag (:was found)}))
        (is (= 11 (:size found)))
        (is (nil? (:result found)))
        (is (= [["a" "b"]] (:tags (:object found))))
        (is (= {"who" "me"} (get-in found [:object :copy :metadata])))
        (is (= before (scripted/object server (:bucket address) "k")))
        (is (= {:head-object 1, :get-object-tagging 1} (scripted/counts server)))
        (testing "and is carried out afterwards"
          (is (= {:result :done, :was (:etag before), :etag md5, :size 11}
                 (select-keys (carry-out/carry-out! asking found {}) [:result :was :etag :size])))
          (is (= md5 (:etag (scripted/object server (:bucket address) "k")))))))))

(deftest an-object-that-isnt-copied-has-a-reason-and-stays-unchanged
  (doseq [[object surroundings options result] [[{:size 5, :etag md5} {} {} :already]
                                                [in-parts {} {:dry-run true} :planned]
                                                [in-parts {:unguarded? true} {} :unguarded]]]
    (with-object object
      (fn [server asking address]
        (let [found (ready/ready asking address (constantly surroundings) options)]
          (is (= result (:result found)))
          (is (= found (carry-out/carry-out! asking found options)))
          (is (not-any? (scripted/counts server) [:copy-object :put-object :delete-object])))))))

(deftest a-missing-object-is-not-found
  (with-object in-parts
    (fn [_ asking address]
      (is (= :not-found (:result (ready/ready asking (assoc address :key "other") (constantly {}) {})))))))
