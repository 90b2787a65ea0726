(ns karamon.s3.verify.checksum-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.verify.checksum :as checksum]))

(set! *warn-on-reflection* true)

(def ^:private parts "9b2cf535f27731c974343645a3985328-3")
(def ^:private md5 "9b2cf535f27731c974343645a3985328")
(def ^:private sha1 "L9ThxnotKPzthJ7hu3bnORuT6xI=")

(deftest on-aws-a-mark-says-what-a-checksum-covers
  (doseq [type [nil "FULL_OBJECT"]]
    (is (= {:algorithm :crc32, :value "17ZBdg==", :parts nil, :decisive true}
           (checksum/whole {:aws? true, :etag parts, :checksum-crc32 "17ZBdg==", :checksum-type type}))))
  (let [head {:aws? true, :etag parts, :checksum-crc32 "17ZBdg==-3"}]
    (is (nil? (checksum/whole head)))
    (is (= {:algorithm :crc32, :value "17ZBdg==", :parts 3} (checksum/composite head)))))

(deftest on-other-servers-a-checksum-without-a-type-proves-no-difference
  (let [head {:etag md5, :checksum-crc32 "17ZBdg=="}]
    (is (= {:algorithm :crc32, :value "17ZBdg==", :parts nil, :decisive false} (checksum/whole head)))
    (is (true? (:decisive (checksum/whole (assoc head :checksum-type "FULL_OBJECT")))))
    (testing "and nothing at all if the object was put in parts"
      (is (nil? (checksum/whole (assoc head :etag parts))))
      (is (nil? (checksum/composite (assoc head :etag parts))))
      (is (true? (:decisive (checksum/whole (assoc head :etag parts, :checksum-type "FULL_OBJECT"))))))
    (testing "nor does one of an unknown type"
      (is (nil? (checksum/whole (assoc head :aws? true, :checksum-type "OTHER")))))))

(deftest the-strongest-checksum-counts
  (is (= :sha1 (:algorithm (checksum/whole {:aws? true, :checksum-crc32 "17ZBdg==", :checksum-sha1 sha1}))))
  (is (nil? (checksum/whole {:aws? true, :checksum-sha512 "x"})))
  (testing "and only if its length is the algorithm's"
    (is (nil? (checksum/whole {:aws? true, :checksum-crc64nvme "17ZBdg=="})))))

(deftest a-composite-checksum-has-as-many-parts-as-the-etag
  (is (= {:algorithm :sha1, :value sha1, :parts 3} (checksum/composite {:etag parts, :checksum-sha1 (str sha1 "-3")})))
  (is (nil? (checksum/composite {:etag parts, :checksum-sha1 (str sha1 "-4")})))
  (testing "also without a mark"
    (is (= {:algorithm :sha1, :value sha1, :parts 3}
           (checksum/composite {:etag parts, :checksum-sha1 sha1, :checksum-type "COMPOSITE"}))))
  (testing "of an algorithm that has composite ones"
    (is (nil? (checksum/composite {:etag parts, :checksum-crc64nvme "AAAAAAAAAAA=", :checksum-type "COMPOSITE"}))))
  (testing "unless the ETag has no number"
    (is (= 4 (:parts (checksum/composite {:etag "random", :checksum-sha1 (str sha1 "-4")}))))
    (is (nil? (:parts (checksum/composite {:etag "random", :checksum-sha1 sha1, :checksum-type "COMPOSITE"}))))))
