(ns karamon.dev.console.frames-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.console.frames :as frames]
   [karamon.test.temp :as temp]))

(set! *warn-on-reflection* true)

(defn- thrown-by [f]
  (try (f) nil (catch Throwable e e)))

(defn- divided [n]
  (/ 1 n))

(def ^:private files
  {'karamon.dev.console.frames-test
   (io/file (System/getProperty "karamon.home" ".") "dev/test/clj/karamon/dev/console/frames_test.clj")})

(deftest frames-of-the-project-come-with-their-source
  (let [[{:keys [class message frames]}] (frames/thrown files (thrown-by #(divided 0)) false)
        [own & others] (filter :project frames)]
    (is (= ["java.lang.ArithmeticException" "Divide by zero"] [class message]))
    (is (re-find #"karamon\.dev\.console\.frames-test/divided \(.*frames_test\.clj:\d+\)" (:text own)))
    (is (= "  (/ 1 n))" (:text (first (filter :at (:source own))))))
    (is (= 7 (count (:source own))))
    (testing "one frame for each function"
      (is (not-any? #(str/includes? (:text %) "/divided ") others)))))

(defn- with-frame [class-name file line]
  (doto (Exception. "x")
    (.setStackTrace (into-array StackTraceElement [(StackTraceElement. class-name "invoke" file (int line))]))))

(deftest only-frames-of-the-project-have-a-source
  (temp/call-with-folder
    (fn [root]
      (let [file (io/file root "core.clj")]
        (spit (io/file root "secret.clj") "secret")
        (spit file "one\ntwo\n")
        (are [class name line text] (= text (-> (frames/thrown {'shop.core file} (with-frame class name line) false)
                                                first :frames first :source (->> (filter :at)) first :text))
          "shop.core$f"      "core.clj"         2  "two"
          "shop.core.Item"   "core.clj"         1  "one"
          "shop.core.Item$f" "core.clj"         1  "one"
          "shop.core.Item"   "Item.java"        1  nil
          "shop.core$f"      "core.clj"         99 nil
          "shop.core$f"      "core.clj"         -2 nil
          "../x$f"           "secret.clj"       1  nil
          "..$f"             "secret.clj"       1  nil
          "shop.other$f"     "../../secret.clj" 1  nil)))))

(deftest secrets-in-the-data-of-an-exception-are-masked
  (let [e (ex-info "no" {:headers {:authorization "Bearer x"}})]
    (are [reveal? text] (str/includes? (:data (first (frames/thrown {} e reveal?))) text)
      false "••••••"
      true  "Bearer x")))

(deftest causes-follow-and-hostile-exceptions-are-described
  (is (= ["a" "b"] (map :message (frames/thrown {} (Exception. "a" (Exception. "b")) false))))
  (is (= 1 (count (frames/thrown {} (proxy [RuntimeException] [] (getMessage [] (throw (Error. "x")))) false)))))
