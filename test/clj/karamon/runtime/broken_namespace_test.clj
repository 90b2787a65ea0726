(ns karamon.runtime.broken-namespace-test
  "Handlers in namespaces that don't load."
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.test.temp :as temp])
  (:import
   (karamon.runtime Handlers InitError InitError$BrokenNamespace)))

(set! *warn-on-reflection* true)

(defn- failure
  "Returns the class and the message of the error when `handler` is loaded; nil if there is none."
  [handler]
  (try
    (Handlers/load handler)
    nil
    (catch InitError e
      [(class e) (ex-message e)])))

(defn- forget! [lib]
  (remove-ns lib)
  (dosync (commute @#'clojure.core/*loaded-libs* disj lib)))

(deftest a-namespace-that-does-not-load-is-the-same-error-for-each-of-its-functions
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "unloaded/app.clj" "(ns unloaded.app)\n(defn f [_ _])\n(nowhere)\n(defn g [_ _])\n")
      (temp/save folder "unloaded/other.clj" "(ns unloaded.other (:require [unloaded.app :as app]))\n(defn h [_ _] (app/f 1 2))\n")
      (let [expected [InitError$BrokenNamespace
                      (str "The namespace unloaded.app doesn't compile: Unable to resolve symbol: nowhere in this context "
                           "(unloaded/app.clj, line 3)")]]
        (is (= expected (failure "unloaded.app/f")))
        (is (= expected (failure "unloaded.app/g"))))
      (testing "one that requires it has its error too, whichever is loaded first"
        (is (re-find #"nowhere in this context" (second (failure "unloaded.other/h")))))
      (testing "it is loaded once it is corrected"
        (temp/save folder "unloaded/app.clj" "(ns unloaded.app)\n(defn f [_ _])\n(defn g [_ _])\n")
        (is (= [nil nil nil] (map failure ["unloaded.app/f" "unloaded.app/g" "unloaded.other/h"])))))))

(defn- compile-to! [folder lib]
  (binding [*compile-path* (str folder)]
    (compile lib))
  (forget! lib))

(deftest a-compiled-namespace-that-fails-to-load-is-an-error-for-each-of-its-functions
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "compiled/app.clj" "(ns compiled.app)\n(defn f [_ _])\n(when-not *compile-files* (/ 1 0))\n(defn g [_ _])\n")
      (temp/save folder "compiled/other.clj" "(ns compiled.other (:require compiled.app))\n(defn h [_ _])\n")
      (compile-to! folder 'compiled.other)
      (compile-to! folder 'compiled.app)
      (run! #(io/delete-file (io/file folder "compiled" %)) ["app.clj" "other.clj"])
      (doseq [handler ["compiled.app/f" "compiled.app/g" "compiled.app/f" "compiled.other/h"]]
        (let [[kind message] (failure handler)]
          (is (= InitError$BrokenNamespace kind) handler)
          (is (re-find #"failed to load: .*Divide by zero" message)))))))
