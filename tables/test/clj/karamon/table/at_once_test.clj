(ns karamon.table.at-once-test
  "Two threads write one table at the same time, in the one session of a process. (No other process can have a session on the
  warehouse.) A session runs such statements one at a time; without that, CarbonData loses deletes and reports them as done. A
  second Spark session in the process isn't safe: after the first recreates a table, CarbonData makes the second read nulls."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [carbondata? session]])
  (:import
   (java.util.concurrent CyclicBarrier)))

(set! *warn-on-reflection* true)

(defn- at-once
  "Calls `f` with numbers from 0, two at the same time in each of `rounds`, one even and one odd."
  [rounds f]
  (let [barrier (CyclicBarrier. 2)]
    (run! deref
          (mapv (fn [number]
                  (future
                    (dotimes [i rounds]
                      (.await barrier)
                      (f (+ number (* 2 i))))))
                [0 1]))))

(defn- values [table]
  (mapv :v (table/sql @session (str "SELECT v FROM " table " ORDER BY v"))))

(deftest concurrent-inserts-all-take-effect
  (table/sql @session "DROP TABLE IF EXISTS inserted_at_once")
  (table/create-table @session "inserted_at_once" [[:v :int]])
  (at-once 6 #(table/insert! @session "inserted_at_once" [{:v %}]))
  (is (= (range 12) (values "inserted_at_once"))))

(deftest concurrent-updates-all-take-effect
  (table/sql @session "DROP TABLE IF EXISTS updated_at_once")
  (table/create-table @session "updated_at_once" [[:id :string] [:v :int]])
  (table/insert! @session "updated_at_once" [{:id "a", :v 0} {:id "b", :v 1000}])
  (at-once 6 (fn [_] (table/sql @session (str "UPDATE updated_at_once SET " (if carbondata? "(v) = (v + 1)" "v = v + 1")
                                              " WHERE id = 'a'"))))
  (is (= [12 1000] (values "updated_at_once"))))

(deftest deletes-concurrent-with-inserts-take-effect
  (table/sql @session "DROP TABLE IF EXISTS changed_at_once")
  (table/create-table @session "changed_at_once" [[:v :int]])
  (table/insert! @session "changed_at_once" (for [v (range 100 112)] {:v v}))
  (at-once 6 (fn [number]
               (if (even? number)
                 (table/insert! @session "changed_at_once" [{:v number}])
                 (table/delete! @session "changed_at_once" {:v (+ 100 number)}))))
  (is (= (concat (range 0 12 2) (range 100 112 2)) (values "changed_at_once"))))
