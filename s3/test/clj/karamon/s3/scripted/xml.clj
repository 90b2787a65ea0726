(ns karamon.s3.scripted.xml
  "XML as S3 writes and reads it: elements are vectors of a keyword and their content."
  (:require
   [clojure.string :as str]
   [clojure.xml :as xml])
  (:import
   (java.io ByteArrayInputStream)))

(set! *warn-on-reflection* true)

(defn- escaped [text]
  (str/escape (str text) {\& "&amp;" \< "&lt;" \> "&gt;"}))

(defn- write! [^StringBuilder out node]
  (cond
    (nil? node)        nil
    (vector? node)     (let [[tag & children] node
                             attributes (when (map? (first children)) (first children))]
                         (.append (.append out "<") (name tag))
                         (doseq [[k v] attributes]
                           (.append out (str " " k "=\"" (escaped v) "\"")))
                         (.append out ">")
                         (run! #(write! out %) (if attributes (rest children) children))
                         (.append (.append (.append out "</") (name tag)) ">"))
    (sequential? node) (run! #(write! out %) node)
    :else              (.append out ^String (escaped node))))

(defn text
  "Returns a document as text."
  [root]
  (let [out (StringBuilder. "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")]
    (write! out root)
    (str out)))

(defn- parsed [{:keys [tag content]}]
  (into [tag] (map #(if (map? %) (parsed %) %)) content))

(defn parse
  "Returns the elements of a document."
  [^bytes document]
  (parsed (xml/parse (ByteArrayInputStream. document))))

(defn children
  "Returns the elements `tag` within an element."
  [element tag]
  (filter #(and (vector? %) (= tag (first %))) (rest element)))

(defn child
  "Returns the text of the first element `tag` within an element."
  [element tag]
  (some->> (first (children element tag)) rest str/join))
