(ns karamon.dev.gateway.live-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.live :as live]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.gateway.service :as service]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp]))

(set! *warn-on-reflection* true)

(defn f [_ _]
  {"statusCode" 200, "body" "f"})

(defn- with-gateway
  "Calls `f` with a function that saves a file, one that asks for a path and returns status and body, and the logged texts in an atom."
  [f]
  (temp/call-with-folder
    (fn [folder]
      (let [logged (atom [])
            config (str (io/file folder "serverless.yml"))
            save   #(temp/save folder %1 %2)]
        (save "fns.yml" "f: {clj: karamon.dev.gateway.live-test/f, events: [{http: GET /one}]}\n")
        (save "serverless.yml" "service: s\nfunctions: ${file(fns.yml)}\n")
        (with-open [gateway (server/start {:service      (service/load-service config), :read-service #(service/load-service config)
                                           :folders      [], :class-folders [(io/file folder "classes")], :port 0
                                           :log          #(swap! logged conj %)})]
          (f save #((juxt :status :body) (client/request {:port (:port gateway), :path %})) logged))))))

(deftest a-saved-service-is-live
  (with-gateway
    (fn [save ask logged]
      (is (= [200 "f"] (ask "/one")))
      (testing "a file that it includes"
        (save "fns.yml" "f: {clj: karamon.dev.gateway.live-test/f, events: [{http: GET /two}]}\n")
        (is (= [200 "f"] (ask "/two")))
        (is (= 404 (first (ask "/one")))))
      (testing "the file itself"
        (save "serverless.yml" "service: s\nfunctions: {f: {clj: karamon.dev.gateway.live-test/f, events: [{http: GET /three}]}}\n")
        (is (= [200 "f"] (ask "/three"))))
      (is (= 2 (count (filter #(str/includes? % "was saved: its routes, functions,") @logged)))))))

(deftest a-broken-service-keeps-the-routes-and-is-reported-once
  (with-gateway
    (fn [save ask logged]
      (save "serverless.yml" "service: s\nfunctions: [")
      (let [[status body] (ask "/one")]
        (is (= 500 status))
        (is (str/includes? body "serverless.yml")))
      (is (= [200 "f"] (ask "/one")))
      (is (= 1 (count @logged)))
      (is (re-find #"serverless.yml(?s:.*)\nThe routes read before stay in use" (first @logged)))
      (testing "until it is fixed"
        (save "serverless.yml" "service: s\nfunctions: ${file(later.yml)}\n")
        (is (= 404 (first (ask "/four")))))
      (testing "and a missing file that it includes is there"
        (save "later.yml" "f: {clj: karamon.dev.gateway.live-test/f, events: [{http: GET /four}]}\n")
        (is (= [200 "f"] (ask "/four")))))))

(deftest saved-java-classes-are-reported-once
  (with-gateway
    (fn [save ask logged]
      (save "classes/shop/Price.class" "x")
      (save "classes/shop/Price$1.class" "x")
      (save "classes/shop/core__init.class" "x")
      (ask "/one")
      (ask "/one")
      (is (= 1 (count @logged)))
      (is (re-find #"classes/shop/Price.class was saved. A process loads a Java class once: restart to use the new code.$" (first @logged)))
      (save "classes/shop/Price.java" "x")
      (ask "/one")
      (is (re-find #"Price.java was saved. A process loads a Java class once: compile and restart" (last @logged))))))

(deftest a-service-is-read-at-most-as-often-as-asked-for
  (temp/call-with-folder
    (fn [folder]
      (let [file    (str (io/file folder "a.yml"))
            watched (fn [scan-ms]
                      (temp/save folder "a.yml" "1")
                      (let [live (live/live {:service {:files [file]}, :read (fn [] {:files [file], :new true}), :prepare identity
                                             :scan-ms scan-ms, :log (fn [_])})]
                        (temp/save folder "a.yml" "2")
                        (:new (live/current live))))]
        (is (nil? (watched 600000)))
        (is (true? (watched 0)))))))
