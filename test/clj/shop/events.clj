(ns shop.events
  "Lambda handlers for the library's tests."
  (:require
   [karamon.lambda :refer [defbatch deflambda]]))

(set! *warn-on-reflection* true)

(defbatch settle [message ctx]
  (:body message))

(deflambda tick [event ctx]
  {:due (:time event)})
