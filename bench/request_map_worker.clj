;; Reads the event in a file into request maps. Prints the CPU and wall time of one, in microseconds: medians of warm turns.
;; For bench/compare, which runs it with the function package of each checkout.
(import '(java.lang.management ManagementFactory) '(java.nio.file Files Path) '(karamon.http Exchange ReadOptions))

(set! *warn-on-reflection* true)

(def reads 10000)

(let [event   (Files/readAllBytes (Path/of (first *command-line-args*) (make-array String 0)))
      threads (ManagementFactory/getThreadMXBean)
      turn    (fn []
                (let [cpu  (.getCurrentThreadCpuTime threads)
                      wall (System/nanoTime)]
                  (dotimes [_ reads]
                    (.request (Exchange/of event ReadOptions/NONE)))
                  [(- (.getCurrentThreadCpuTime threads) cpu) (- (System/nanoTime) wall)]))
      median  #(nth (sort %) (quot (count %) 2))
      _       (dotimes [_ 30] (turn))
      turns   (doall (repeatedly 31 turn))]
  (println (/ (median (map first turns)) 1e3 reads) (/ (median (map second turns)) 1e3 reads)))
