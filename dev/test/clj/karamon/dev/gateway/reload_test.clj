(ns karamon.dev.gateway.reload-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.reload :as reload]
   [karamon.test.temp :as temp])
  (:import
   (java.util.concurrent CountDownLatch)))

(set! *warn-on-reflection* true)

(defn- value [n sym]
  (some-> (ns-resolve n sym) deref))

(deftest saved-code-is-loaded-with-its-dependents
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "reloaded/base.clj" "(ns reloaded.base) (defmacro answer [] 1)")
      (temp/save folder "reloaded/app.clj" "(ns reloaded.app (:require [reloaded.base :as base])) (defn f [] (base/answer))")
      (require 'reloaded.app)
      (let [watcher (reload/watch [folder])]
        (is (nil? (reload/refresh watcher)))
        (is (= 1 ((value 'reloaded.app 'f))))
        (temp/save folder "reloaded/base.clj" "(ns reloaded.base) (defmacro answer [] 2)")
        (is (nil? (reload/refresh watcher)))
        (is (= 2 ((value 'reloaded.app 'f))))))))

(deftest code-that-does-not-load-changes-nothing
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "broken/app.clj" "(ns broken.app) (defonce state (atom 7)) (defn f [] :first)")
      (require 'broken.app)
      (let [watcher (reload/watch [folder])
            f       (fn [] ((value 'broken.app 'f)))]
        (testing "a compile error after a definition that would have taken effect"
          (temp/save folder "broken/app.clj" "(ns broken.app) (defn f [] :second) (defn new [] 1) (nowhere)")
          (let [failure (reload/refresh watcher)]
            (is (= 'broken.app (:namespace failure)))
            (is (true? (:new failure)))
            (is (contains? (:stale failure) 'broken.app))
            (is (re-find #"nowhere" (ex-message (ex-cause (:exception failure))))))
          (is (= :first (f)))
          (is (nil? (value 'broken.app 'new))))
        (testing "the failure is returned until it is fixed, and is new once"
          (is (false? (:new (reload/refresh watcher)))))
        (testing "fixed"
          (temp/save folder "broken/app.clj" "(ns broken.app) (defonce state (atom 8)) (defn f [] :third)")
          (is (nil? (reload/refresh watcher)))
          (is (= :third (f)))
          (is (= 7 @(value 'broken.app 'state)) "defonce keeps its value"))))))

(deftest a-wrong-name-of-a-namespace-can-be-corrected
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "misnamed/app.clj" "(ns misnamed.app) (defn f [] 1)")
      (require 'misnamed.app)
      (let [watcher (reload/watch [folder])]
        (doseq [text ["(ns misnamed.app) (defn f [] 2" "(ns misnamed.wrong) (defn f [] 3)" "(ns misnamed.wrong) (defn f [] 44)"]]
          (temp/save folder "misnamed/app.clj" text)
          (is (contains? (:stale (reload/refresh watcher)) 'misnamed.app)))
        (temp/save folder "misnamed/app.clj" "(ns misnamed.app) (defn f [] 555)")
        (is (not (contains? (:stale (reload/refresh watcher)) 'misnamed.app)))
        (is (= 555 ((value 'misnamed.app 'f))))))))

(deftest a-failure-in-one-namespace-keeps-its-dependents-stale
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "waiting/base.clj" "(ns waiting.base) (defn g [] 1)")
      (temp/save folder "waiting/app.clj" "(ns waiting.app (:require waiting.base)) (defn f [] (waiting.base/g))")
      (require 'waiting.app)
      (let [watcher (reload/watch [folder])]
        (temp/save folder "waiting/base.clj" "(ns waiting.base) (defn g [] ")
        (is (= #{'waiting.base 'waiting.app} (:stale (reload/refresh watcher))))
        (temp/save folder "waiting/base.clj" "(ns waiting.base) (defn g [] 2)")
        (is (nil? (reload/refresh watcher)))
        (is (= 2 ((value 'waiting.app 'f))))))))

(deftest a-removed-gateway-handler-is-unmapped
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "removed/app.clj"
                 "(ns removed.app (:require [karamon.gateway :refer [defgateway]])) (defgateway a [e c] {}) (defgateway b [e c] {})")
      (require 'removed.app)
      (let [watcher (reload/watch [folder])]
        (temp/save folder "removed/app.clj" "(ns removed.app (:require [karamon.gateway :refer [defgateway]])) (defgateway b [e c] {})")
        (is (nil? (reload/refresh watcher)))
        (is (nil? (value 'removed.app 'a)))
        (is (some? (value 'removed.app 'b)))
        (testing "a Ring app too"
          (temp/save folder "removed/app.clj" "(ns removed.app (:require [karamon.ring :as ring])) (def c (ring/handler identity)) (def d 1)")
          (is (nil? (reload/refresh watcher)))
          (is (some? (value 'removed.app 'c)))
          (temp/save folder "removed/app.clj" "(ns removed.app)")
          (is (nil? (reload/refresh watcher)))
          (is (nil? (value 'removed.app 'c)))
          (is (= 1 (value 'removed.app 'd))))))))

(deftest a-namespace-that-no-file-declares-any-more-is-a-failure-until-fixed
  (temp/call-with-folder
    (fn [folder]
      (let [good "(ns orphaned.base) (defn g [] 1)"
            app  "(ns orphaned.app (:require orphaned.base)) (defn f [] (orphaned.base/g))"
            message #(some-> % :exception ex-message)]
        (temp/save folder "orphaned/base.clj" good)
        (temp/save folder "orphaned/app.clj" app)
        (temp/save folder "orphaned/other.clj" "(ns orphaned.other) (defn h [] 1)")
        (require 'orphaned.app 'orphaned.other)
        (let [watcher (reload/watch [folder])
              fix     (fn []
                        (temp/save folder "orphaned/base.clj" good)
                        (is (nil? (reload/refresh watcher)))
                        (is (= 1 ((value 'orphaned.app 'f)))))]
          (doseq [[case break] {"gone"    #(temp/save folder "orphaned/base.clj" "(defn g [] 2)")
                                "renamed" #(temp/save folder "orphaned/base.clj" "(ns orphaned.renamed) (defn g [] 2)")
                                "deleted" #(io/delete-file (io/file folder "orphaned/base.clj"))}]
            (testing case
              (break)
              (let [failure (reload/refresh watcher)]
                (is (re-find #"orphaned.base.clj no longer declares orphaned.base$" (message failure)))
                (is (= #{'orphaned.base 'orphaned.app} (:stale failure)))
                (is (true? (:new failure))))
              (is (false? (:new (reload/refresh watcher))))
              (temp/save folder "orphaned/other.clj" (str "(ns orphaned.other) (defn h [] \"" case "\")"))
              (is (false? (:new (reload/refresh watcher))) "new once, even if another file is saved")
              (is (= case ((value 'orphaned.other 'h))) "unrelated namespaces still reload")
              (fix)))
          (testing "moved to another file"
            (io/delete-file (io/file folder "orphaned/base.clj"))
            (temp/save folder "orphaned/base.cljc" good)
            (is (nil? (reload/refresh watcher)))))))))

(deftest removed-lambda-handlers-are-unmapped
  (temp/call-with-folder
    (fn [folder]
      (let [code #(str "(ns removed.events (:require [karamon.lambda :refer [defbatch deflambda]])) " %)]
        (temp/save folder "removed/events.clj" (code "(deflambda a [e c] 1) (defbatch b [r c] 1) (deflambda c [e c] 1)"))
        (require 'removed.events)
        (let [watcher (reload/watch [folder])]
          (temp/save folder "removed/events.clj" (code "(deflambda c [e c] 2)"))
          (is (nil? (reload/refresh watcher)))
          (is (= [nil nil] [(value 'removed.events 'a) (value 'removed.events 'b)]))
          (is (= 2 ((value 'removed.events 'c) {} nil))))))))

(deftest a-server-looks-for-saved-files-now-and-then
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "throttled/app.clj" "(ns throttled.app) (defn f [] 1)")
      (require 'throttled.app)
      (doseq [[scan-ms expected] {600000 1, 0 2}]
        (testing (str "at most every " scan-ms " ms")
          (temp/save folder "throttled/app.clj" "(ns throttled.app) (defn f [] 1)")
          (require 'throttled.app :reload)
          (let [watcher (reload/watch [folder] {:scan-ms scan-ms})]
            (temp/save folder "throttled/app.clj" "(ns throttled.app) (defn f [] 2)")
            (is (nil? (reload/current watcher 'throttled.app (fn [_]))))
            (is (= expected ((value 'throttled.app 'f))))))))))

(def ^:private gate (atom nil))

(defn pass
  "Waits until the test opens the gate."
  []
  (.await ^CountDownLatch @gate))

(defn- open! []
  (.countDown ^CountDownLatch @gate))

(def ^:private blocking
  "Code that waits while it is loaded."
  "(ns blocked.app) (karamon.dev.gateway.reload-test/pass) (defn f [] 2)")

(defn- with-blocked-load
  "Calls `f` with a watcher that is loading a namespace blocked.app, on which blocked.top depends, the vector of the reported failures
  in an atom, and the folder."
  [options f]
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "blocked/app.clj" "(ns blocked.app) (defn f [] 1)")
      (temp/save folder "blocked/top.clj" "(ns blocked.top (:require blocked.app))")
      (temp/save folder "blocked/other.clj" "(ns blocked.other) (defn g [] 1)")
      (require 'blocked.app 'blocked.top 'blocked.other :reload)
      (reset! gate (CountDownLatch. 1))
      (let [watcher  (reload/watch [folder] options)
            reported (atom [])]
        (temp/save folder "blocked/app.clj" blocking)
        (try
          (f watcher #(reload/current watcher % (fn [failure] (swap! reported conj failure))) folder reported)
          (finally (open!)))))))

(deftest code-that-a-save-does-not-affect-does-not-wait-for-the-load
  (with-blocked-load {:wait-ms 60000}
    (fn [watcher current _ _]
      (is (nil? (current 'blocked.other)))
      (let [waiting (future (current 'blocked.top) ((value 'blocked.app 'f)))]
        (is (= 1 ((value 'blocked.other 'g))))
        (open!)
        (is (= 2 (deref waiting 60000 :hung)))
        (is (nil? (reload/refresh watcher)))))))

(deftest a-load-that-takes-too-long-is-a-failure-of-what-depends-on-it
  (with-blocked-load {:wait-ms 0}
    (fn [watcher current folder reported]
      (doseq [n ['blocked.app 'blocked.top]]
        (let [{:keys [exception stale]} (current n)]
          (is (re-find #"still loading after 0 seconds" (ex-message exception)))
          (is (contains? stale n))))
      (is (nil? (current 'blocked.other)))
      (testing "until another save interrupts it"
        (temp/save folder "blocked/app.clj" "(ns blocked.app) (defn f [] 3)")
        (loop [tries 100000]
          (when (and (current 'blocked.app) (pos? tries))
            (Thread/yield)
            (recur (dec tries))))
        (is (nil? (reload/refresh watcher)))
        (is (= 3 ((value 'blocked.app 'f))))
        (is (= [] @reported))))))
