(ns karamon.dev.gateway.websocket.selection-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.websocket.selection :as selection]))

(deftest a-message-has-the-route-that-the-expression-selects
  (are [key expression text] (= key (selection/message-route expression text))
    "move"    "$request.body.action"                      "{\"action\": \"move\"}"
    "move"    "${request.body.action}"                    "{\"action\": \"move\"}"
    "a"       "$request.body.message.type"                "{\"message\": {\"type\": \"a\"}}"
    "v1/move" "${request.body.v}/${request.body.action}"  "{\"v\": \"v1\", \"action\": \"move\"}"
    "x-$1"    "x-$request.body.action"                    "{\"action\": \"$1\"}"
    "7"       "$request.body.action"                      "{\"action\": 7}"
    "true"    "$request.body.action"                      "{\"action\": true}"
    nil       "$request.body.action"                      "{\"action\": null}"
    nil       "$request.body.action"                      "{\"action\": [\"move\"]}"
    nil       "$request.body.action"                      "{\"action\": \"$connect\"}"
    nil       "$request.body.action"                      "{\"action\": \"$disconnect\"}"
    nil       "$request.body.a.b"                         "{\"a\": \"b\"}"
    nil       "$request.body.action"                      "\"action\""
    nil       "$request.body.action"                      "action"
    nil       "$request.body.action"                      ""
    nil       "$context.routeKey"                         "{\"action\": \"move\"}"))

(deftest expressions-of-anything-but-the-body-are-unknown
  (are [known expression] (= known (selection/known? expression))
    true  "$request.body.action"
    true  "a-${request.body.b.c}-d"
    false "$request.header.x"
    false "$request.body.a-$context.b"
    false "action"
    false nil))
