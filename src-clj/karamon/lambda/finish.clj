(ns karamon.lambda.finish
  "Finishes the work that the result of a batch's record may still hold."
  {:no-doc true}
  (:import
   (clojure.lang RT Sequential)
   (java.util ArrayDeque Iterator)
   (karamon.runtime Later)))

(set! *warn-on-reflection* true)

(def ^:private max-items 1000000)

(defn- open! [^ArrayDeque open result keep?]
  (let [value (Later/await result Long/MAX_VALUE)]
    (cond
      (instance? Throwable value)  (throw ^Throwable value)
      (instance? Sequential value) (.push open (RT/iter value)))
    (when keep? value)))

(defn- endless []
  (ex-info "The result of the record has more than 1,000,000 items: return a sequence that ends, or use doseq for the work"
           {:type :karamon.lambda/endless-result}))

(defn finish!
  "Waits for a later result, realises a lazy sequence, and does the same with each item of any sequence. Throws what they throw,
  and an exception among them. Throws ex-info of `:type` `:karamon.lambda/endless-result` after a million items, and
  InterruptedException when its thread is interrupted. Returns the result, if it is to `keep?` it; otherwise nil, and holds no
  part of a lazy sequence longer than it needs it."
  [result keep?]
  (let [open (ArrayDeque.)
        kept (open! open result keep?)]
    (loop [items 0]
      (when-let [^Iterator top (.peek open)]
        (cond
          (Thread/interrupted) (throw (InterruptedException. "Interrupted while the record's result was realised"))
          (not (.hasNext top)) (do (.pop open) (recur items))
          (= items max-items)  (throw (endless))
          :else                (do (open! open (.next top) false) (recur (inc items))))))
    kept))
