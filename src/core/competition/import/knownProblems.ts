import type { Benchmark, ImportFinding } from './report';

/**
 * What is known to be wrong with graders and texts of the benchmarks, by competition: found by
 * reading them and by comparing them with the metric that the competition defines
 * (`bench/graders.md`). An import warns of it; the native metric is the definition.
 */
type Known = readonly [code: 'grader_differs' | 'text_differs', message: string];

const arbitraryTies = "MLE-Dojo's grader breaks ties by an arbitrary sort order.";
const placesOf = (benchmark: string): string => `${benchmark}'s grader takes the distance between places in the list of ratings that occur, not between the ratings.`;

const mleDojo: Readonly<Record<string, Known>> = {
  'new-york-city-taxi-fare-prediction': ['grader_differs', "MLE-Dojo's grader returns the MSE; the task and its board use the RMSE."],
  'freesound-audio-tagging-2019': ['grader_differs', "MLE-Dojo's grader averages a per-class average precision over samples; that is not lwlrap."],
  'alaska2-image-steganalysis': ['grader_differs', "MLE-Dojo's grader divides by the sum of the weights only, so that guessing scores about 0.8."],
  'flavours-of-physics-kernels-only': ['grader_differs', "MLE-Dojo's grader rescales the weighted AUC so that guessing scores 0, and samples the curve on a grid."],
  'allstate-purchase-prediction-challenge': ['grader_differs', "MLE-Dojo's grader returns percent; the board holds fractions."],
  'dog-breed-identification': ['grader_differs', "MLE-Dojo's grader neither rescales nor checks row sums: all ones scores 0."],
  'spooky-author-identification': ['grader_differs', "MLE-Dojo's grader neither rescales nor checks row sums: all ones scores 0."],
  'lmsys-chatbot-arena': ['grader_differs', "MLE-Dojo's grader neither rescales nor checks row sums: all ones scores 0."],
  'llm-classification-finetuning': ['grader_differs', "MLE-Dojo's grader neither rescales nor checks row sums: all ones scores 0."],
  'hms-harmful-brain-activity-classification': ['grader_differs', "MLE-Dojo's grader does not check row sums: all ones scores below 0."],
  'ranzcr-clip-catheter-line-classification': ['grader_differs', "MLE-Dojo's grader pairs rows by position, not by id."],
  'jigsaw-unintended-bias-in-toxicity-classification': ['grader_differs', "MLE-Dojo's grader takes every identity column that is there, and drops an empty group but keeps the weights."],
  'jigsaw-toxic-comment-classification-challenge': ['grader_differs', "MLE-Dojo's grader pairs columns by position: their order matters."],
  'facebook-recruiting-iv-human-or-bot': ['grader_differs', "MLE-Dojo's grader sorts by whichever column comes first and compares no ids: with the id last, rows are mixed up."],
  'DontGetKicked': ['grader_differs', arbitraryTies],
  'liberty-mutual-group-property-inspection-prediction': ['grader_differs', arbitraryTies],
  'porto-seguro-safe-driver-prediction': ['grader_differs', arbitraryTies],
  'imet-2020-fgvc7': ['grader_differs', "MLE-Dojo's grader drops predicted labels that never occur in the answers, without penalty."],
  'aptos2019-blindness-detection': ['grader_differs', placesOf('MLE-Dojo')],
  'learning-agency-lab-automated-essay-scoring-2': ['grader_differs', placesOf('MLE-Dojo')],
  'playground-series-s3e5': ['grader_differs', placesOf('MLE-Dojo')],
  'prudential-life-insurance-assessment': ['grader_differs', placesOf('MLE-Dojo')],
  'h-and-m-personalized-fashion-recommendations': ['grader_differs', "MLE-Dojo's grader counts repeated items: one row can score above 1."],
  'airbnb-recruiting-new-user-bookings': ['grader_differs', "MLE-Dojo's grader sorts rows with an unstable sort, which can scramble an id's list."],
  'global-wheat-detection': ['grader_differs', "MLE-Dojo's grader gives 0 to every image without truth and counts an IoU equal to the threshold as a hit."],
  'tgs-salt-identification-challenge': ['grader_differs', "MLE-Dojo's grader counts an IoU equal to the threshold as a hit."],
  'siim-covid19-detection': ['grader_differs', "MLE-Dojo's grader adds 1e-6 to the denominator of the precision and counts an IoU equal to the threshold as a hit."],
  'vinbigdata-chest-xray-abnormalities-detection': ['grader_differs', "MLE-Dojo's grader adds 1e-6 to the denominator of the precision and counts an IoU equal to the threshold as a hit."],
  'airbus-ship-detection': ['grader_differs', "MLE-Dojo's grader counts an IoU equal to the threshold as a hit."],
  'kuzushiji-recognition': ['grader_differs', "MLE-Dojo's grader counts a point on the left or top edge of a box as inside."],
  'tweet-sentiment-extraction': ['grader_differs', "MLE-Dojo's grader scores 0 where both texts are empty."],
  'ventilator-pressure-prediction': ['grader_differs', "MLE-Dojo's grader scores all rows; the competition scores those of the inspiratory phase."],
  'kaggle-llm-science-exam': ['text_differs', 'The description and the sample name another column than the grader.'],
  'playground-series-s3e16': ['text_differs', 'The description names another column than the grader.'],
};

const mleBench: Readonly<Record<string, Known>> = {
  'predict-volcanic-eruptions-ingv-oe': ['grader_differs', "MLE-bench's grader rounds the MAE to an integer."],
  'champs-scalar-coupling': ['grader_differs', "MLE-bench's grader has no floor: a perfect group gives minus infinity and no valid score."],
  'google-quest-challenge': ['grader_differs', "MLE-bench's grader never compares ids, and a constant column gives no score."],
  'jigsaw-unintended-bias-in-toxicity-classification': ['grader_differs', "MLE-bench's grader cuts predictions at 0.5 first: a perfect ranking below 0.5 scores 0.5."],
  'jigsaw-toxic-comment-classification-challenge': ['grader_differs', "MLE-bench's grader pairs columns by position: their order matters."],
  'vesuvius-challenge-ink-detection': ['grader_differs', "MLE-bench's grader scores 0 where both masks are empty and refuses another row order."],
  'tgs-salt-identification-challenge': ['grader_differs', "MLE-bench's grader scores an empty prediction as if it were a full mask."],
  'uw-madison-gi-tract-image-segmentation': ['grader_differs', "MLE-bench's grader pairs rows by position, not by id."],
  'aptos2019-blindness-detection': ['grader_differs', placesOf('MLE-bench')],
  'learning-agency-lab-automated-essay-scoring-2': ['grader_differs', placesOf('MLE-bench')],
  'new-york-city-taxi-fare-prediction': ['grader_differs', "MLE-bench's grader never compares ids."],
  'smartphone-decimeter-2022': ['grader_differs', "MLE-bench's grader pairs rows by position, not by id."],
  'stanford-covid-vaccine': ['grader_differs', "MLE-bench's grader chooses the scored rows by their place in the file: another row order changes the score."],
  'bms-molecular-translation': ['grader_differs', "MLE-bench's grader reads an empty text as the word nan."],
  'nomad2018-predict-transparent-conductors': ['grader_differs', "MLE-bench's grader pairs rows by position, not by id."],
  'siim-covid19-detection': ['grader_differs', "MLE-bench's grader takes an uninterpolated average precision; the competition uses that of PASCAL VOC 2010."],
  'vinbigdata-chest-xray-abnormalities-detection': ['grader_differs', "MLE-bench's grader gives corners to a COCO evaluator that expects widths and heights."],
  'chaii-hindi-and-tamil-question-answering': ['grader_differs', "MLE-bench's grader fails or scores 0 where both texts are empty."],
  'imet-2020-fgvc7': ['grader_differs', "MLE-bench's grader drops predicted labels that never occur in the answers, without penalty."],
  'facebook-recruiting-iii-keyword-extraction': ['grader_differs', "MLE-bench's grader drops predicted tags that never occur in the answers, without penalty."],
  'plant-pathology-2021-fgvc8': ['grader_differs', "MLE-bench's grader drops predicted labels that never occur in the answers, without penalty."],
};

export function knownProblems(benchmark: Benchmark, competition: string): ImportFinding[] {
  const known = (benchmark === 'mle-dojo' ? mleDojo : mleBench)[competition];
  if (known === undefined) return [];
  const [code, message] = known;
  const fix = code === 'grader_differs' ? 'The native metric follows the definition; scores differ from the benchmark where its grader does.' : 'Go by the sample submission.';
  return [{ code, severity: 'warning', message, fix }];
}
