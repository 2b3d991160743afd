// Which columns a grader wants, read off its text: there is no prepared data to look at.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const forecasts = { id: ['ForecastId'], target: ['ConfirmedCases', 'Fatalities'] };

/** What the text does not say in a way that is found below. Of one benchmark, or of both. */
const known = {
  'afsis-soil-properties': { target: ['Ca', 'P', 'pH', 'SOC', 'Sand'] },
  'airbnb-recruiting-new-user-bookings': { id: ['id'], target: ['country'] },
  'bengaliai-cv19': { id: ['row_id'], target: ['target'] },
  'champs-scalar-coupling': { id: ['id'], target: ['scalar_coupling_constant'] },
  'conways-reverse-game-of-life-2020': { target: Array.from({ length: 625 }, (_, k) => `start_${k}`) },
  'covid19-global-forecasting-week-1': forecasts,
  'covid19-global-forecasting-week-2': forecasts,
  'covid19-global-forecasting-week-3': forecasts,
  'covid19-global-forecasting-week-4': forecasts,
  'detecting-insults-in-social-commentary': { id: ['Comment'], target: ['Insult'] },
  'feedback-prize-english-language-learning': { target: ['cohesion', 'syntax', 'vocabulary', 'phraseology', 'grammar', 'conventions'] },
  'h-and-m-personalized-fashion-recommendations': { id: ['customer_id'], target: ['prediction'] },
  'hubmap-kidney-segmentation': { id: ['id'], target: ['predicted'] },
  'hms-harmful-brain-activity-classification': { id: ['eeg_id'], target: ['seizure_vote', 'lpd_vote', 'gpd_vote', 'lrda_vote', 'grda_vote', 'other_vote'] },
  'icecube-neutrinos-in-deep-ice': { id: ['event_id'], target: ['azimuth', 'zenith'] },
  'hotel-id-2021-fgvc8': { id: ['image'], target: ['hotel_id'] },
  'icr-identify-age-related-conditions': { id: ['Id'], target: ['class_0', 'class_1'] },
  'iwildcam-2019-fgvc6': { id: ['Id'], target: ['Category'] },
  'jigsaw-toxic-comment-classification-challenge': { id: ['id'], target: ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate'] },
  'jigsaw-unintended-bias-in-toxicity-classification': { id: ['id'], target: ['prediction'] },
  'llm-classification-finetuning': { target: ['winner_model_a', 'winner_model_b', 'winner_tie'] },
  'lmsys-chatbot-arena': { id: ['id'], target: ['winner_model_a', 'winner_model_b', 'winner_tie'] },
  'mlsp-2013-birds': { id: ['Id'], target: ['Probability'] },
  'multi-modal-gesture-recognition': { id: ['Id'], target: ['Sequence'] },
  'new-york-city-taxi-fare-prediction': { id: ['key'], target: ['fare_amount'] },
  'nomad2018-predict-transparent-conductors': { id: ['id'], target: ['formation_energy_ev_natom', 'bandgap_energy_ev'] },
  'osic-pulmonary-fibrosis-progression': { id: ['Patient_Week'], target: ['FVC'] },
  'plant-pathology-2020-fgvc7': { id: ['image_id'], target: ['healthy', 'multiple_diseases', 'rust', 'scab'] },
  'playground-series-s3e18': { id: ['id'], target: ['EC1', 'EC2'] },
  'playground-series-s4e3': { id: ['id'], target: ['Pastry', 'Z_Scratch', 'K_Scatch', 'Stains', 'Dirtiness', 'Bumps', 'Other_Faults'] },
  'quora-insincere-questions-classification': { id: ['qid'], target: ['prediction'] },
  'rsna-2022-cervical-spine-fracture-detection': { id: ['row_id'], target: ['fractured'] },
  'see-click-predict-fix': { target: ['num_views', 'num_votes', 'num_comments'] },
  'smartphone-decimeter-2022': { id: ['tripId', 'UnixTimeMillis'], target: ['LatitudeDegrees', 'LongitudeDegrees'] },
  'spooky-author-identification': { id: ['id'], target: ['EAP', 'HPL', 'MWS'] },
  'tabular-playground-series-jul-2021': { id: ['date_time'], target: ['target_carbon_monoxide', 'target_benzene', 'target_nitrogen_oxides'] },
  'stanford-covid-vaccine': { id: ['id_seqpos'], target: ['reactivity', 'deg_Mg_pH10', 'deg_Mg_50C'], more: ['deg_pH10', 'deg_50C'] },
  'the-nature-conservancy-fisheries-monitoring': { id: ['image'], target: ['ALB', 'BET', 'DOL', 'LAG', 'NoF', 'OTHER', 'SHARK', 'YFT'] },
  'uw-madison-gi-tract-image-segmentation': { id: ['id', 'class'], target: ['predicted'] },
  'us-patent-phrase-to-phrase-matching': { id: ['id'], target: ['score'] },
};
const knownBench = {
  'alaska2-image-steganalysis': { target: ['Label'] },
  'bms-molecular-translation': { target: ['InChI'] },
  'chaii-hindi-and-tamil-question-answering': { target: ['PredictionString'] },
  'denoising-dirty-documents': { target: ['value'] },
  'dogs-vs-cats-redux-kernels-edition': { target: ['label'] },
  'facebook-recruiting-iii-keyword-extraction': { target: ['Tags'] },
  'google-research-identify-contrails-reduce-global-warming': { target: ['encoded_pixels'] },
  'herbarium-2020-fgvc7': { target: ['Predicted'] },
  'herbarium-2021-fgvc8': { target: ['Predicted'] },
  'herbarium-2022-fgvc9': { target: ['Predicted'] },
  'imet-2020-fgvc7': { target: ['attribute_ids'] },
  'inaturalist-2019-fgvc6': { target: ['predicted'] },
  'kuzushiji-recognition': { target: ['labels'] },
  'leaf-classification': { module: ['classes.py', 'CLASSES'] },
  'dog-breed-identification': { module: ['dogs.py', '_dogs_str'] },
  'freesound-audio-tagging-2019': { module: ['vocabulary.py', 'CLASS_NAMES'] },
  'google-quest-challenge': { module: ['classes.py', 'CLASSES'] },
  'ranzcr-clip-catheter-line-classification': { module: ['classes.py', 'CLASSES'] },
  'paddy-disease-classification': { id: ['image_id'], target: ['label'] },
  'nfl-player-contact-detection': { target: ['contact'] },
  'plant-pathology-2021-fgvc8': { target: ['labels'] },
  'plant-seedlings-classification': { target: ['species'] },
  'predict-volcanic-eruptions-ingv-oe': { id: ['segment_id'], target: ['time_to_eruption'] },
  'siim-covid19-detection': { target: ['PredictionString'] },
  'statoil-iceberg-classifier-challenge': { target: ['is_iceberg'] },
  'tgs-salt-identification-challenge': { target: ['rle_mask'] },
  'tweet-sentiment-extraction': { target: ['selected_text'] },
  'ventilator-pressure-prediction': { target: ['pressure'] },
  'vesuvius-challenge-ink-detection': { id: ['Id'], target: ['Predicted'] },
  'whale-categorization-playground': { target: ['Id'] },
};
const several = new Set(['log_loss', 'roc_auc_columnwise', 'lwlrap', 'mcrmse', 'rmsle_columnwise', 'spearman_columnwise', 'kl_divergence', 'rmsle_pooled']);

/** `{id, target, more?}`; `more` are columns that the submission must have and nobody scores. */
export function columnsOf(benchmark, competition, text, hints, folder) {
  const own = { ...known[competition], ...(benchmark === 'mleBench' ? knownBench[competition] : {}) };
  const target = (own.module ? listIn(folder, own.module) : undefined) ?? own.target ?? hints.target ?? targetOf(benchmark, text, hints.metric);
  const id = (benchmark === 'mleDojo' && competition.startsWith('uw-madison') ? ['id'] : own.id) ?? hints.id ?? [idOf(text)];
  return { id, target, ...(own.more ? { more: own.more } : {}) };
}

function idOf(text) {
  const named =
    /id_col(?:umn)? ?= ?["']([^"']+)["']/.exec(text) ?? /sort_values\((?:by ?= ?)?["']([^"']+)["']/.exec(text) ?? /y_true\[["']([^"']+)["']\] = y_true/.exec(text) ?? /set_index\(["']([^"']+)["']/.exec(text);
  return named?.[1] ?? 'id';
}

function targetOf(benchmark, text, metric) {
  if (benchmark === 'mleBench') {
    const named = /target_col(?:umn)? ?(?::\s*str)? ?= ?["']([^"']+)["']/.exec(text)?.[1];
    return named ? [named] : several.has(metric) ? ['a', 'b', 'c'] : ['target'];
  }
  const value = /value: \w+ = ["']([^"']+)["']/.exec(text)?.[1];
  return value === undefined || /columns\[1:\]|iloc\[:, 1:\]/.test(text) ? ['a', 'b', 'c'] : value.split(',');
}

/** A list of texts, or a text of one a line, at the top of a module beside the grader. */
function listIn(folder, [file, name]) {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const lines = new RegExp(`${name} = """([\\s\\S]*?)"""`).exec(readFileSync(path, 'utf8'))?.[1];
  if (lines !== undefined) return lines.trim().split(/\s+/);
  const list = new RegExp(`${name}[^=]*= ?\\[([\\s\\S]*?)\\n?\\]`).exec(readFileSync(path, 'utf8'))?.[1];
  return list === undefined ? undefined : [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2]);
}
